package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.store.Json;

class LastNightCommandTest {
  @TempDir Path workspace;

  private void ran(String id, Duration ago, String outcome, String message, PublishingResult made)
      throws Exception {
    Path file = new RunFiles(workspace).record(id, "run-of-" + id);
    Files.createDirectories(file.getParent());
    Instant ended = Instant.now().minus(ago);
    Files.write(
        file,
        Json.write(
            new RunRecord(
                id,
                "run-of-" + id,
                ended.minusSeconds(60).toString(),
                ended.toString(),
                outcome,
                message,
                Optional.empty(),
                List.of(),
                Optional.ofNullable(made)
                    .map(
                        publishing ->
                            new RunResult(
                                id,
                                "run-of-" + id,
                                "Better than the mean on test",
                                Map.of(),
                                publishing,
                                List.of())),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                id.equals("b") ? Optional.of("exit code 1") : Optional.empty(),
                Optional.empty())));
  }

  private TerminalCapture run(int exit, String... more) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] words = new String[more.length + 3];
    words[0] = "last-night";
    words[1] = "--workspace";
    words[2] = workspace.toString();
    System.arraycopy(more, 0, words, 3, more.length);
    assertThat(SpeechrateCommand.run(terminal.terminal(), words))
        .as(terminal.err())
        .isEqualTo(exit);
    return terminal;
  }

  private void threeNights() throws Exception {
    ran(
        "a",
        Duration.ofHours(30),
        "completed",
        "",
        new PublishingResult(
            true, "m", Optional.of("v1"), Optional.of("models/m/v1"), "better than the mean"));
    ran("b", Duration.ofHours(5), "completed", "", PublishingResult.nothingNew("m", "v1"));
    ran(
        "c",
        Duration.ofHours(2),
        "completed",
        "",
        new PublishingResult(
            false, "m", Optional.empty(), Optional.empty(), "worse than the mean"));
  }

  @Test
  void oneSentenceForEachRunOfTheNight() throws Exception {
    threeNights();

    assertThat(run(Exit.DONE).out().lines())
        .containsExactly(
            "b  nothing new: data, embeddings and choices are those of v1",
            "  nobody could be told of it: exit code 1",
            "c  not published: worse than the mean");
    assertThat(run(Exit.DONE, "--since", "2d").out())
        .startsWith("a  published models/m/v1: Better than the mean on test\n");
    assertThat(run(Exit.DONE, "--since", "1h").out()).isEqualTo("no run in the last 1h\n");
  }

  @Test
  void aFailureIsToldWithItsLineAndByTheExitCode() throws Exception {
    threeNights();
    ran("d", Duration.ofMinutes(90), "failed", "labels.directory: \"x\" does not exist", null);
    OpenRuns.begin(workspace, "e", "run-of-e");

    assertThat(run(Exit.RUN_FAILED).out())
        .contains("d  failed: labels.directory: \"x\" does not exist\n")
        .contains("e  stands still: goes on with `deploy/speechrate --workspace ");
    JsonNode json = new ObjectMapper().readTree(run(Exit.RUN_FAILED, "--json").out());
    assertThat(json).hasSize(4);
    assertThat(json.at("/2/outcome").asText()).isEqualTo("failed");
  }

  @Test
  void aTimeThatIsNoneIsRefused() {
    assertThat(run(Exit.WRONG_INPUT, "--since", "soon").err())
        .contains("must be a time such as 30m, 6h, 1h30m or 7d, is \"soon\"");
  }
}
