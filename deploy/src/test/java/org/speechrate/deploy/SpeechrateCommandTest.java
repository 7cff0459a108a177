package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.store.Json;
import picocli.CommandLine;

class SpeechrateCommandTest {
  @TempDir Path folder;

  static Collection<String> commands() {
    return SpeechrateCommand.commandLine(new TerminalCapture(false).terminal())
        .getSubcommands()
        .keySet();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItself(String command) {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), command, "--help")).isEqualTo(Exit.DONE);
    assertThat(terminal.out()).contains("Usage: speechrate " + command).doesNotContain("\u001b");
    assertThat(terminal.err()).isEmpty();
  }

  /** All that picocli reads as a format: a percent sign stands twice there. */
  @ParameterizedTest
  @MethodSource("commands")
  void itsHelpCanBeFormatted(String command) {
    CommandLine line =
        SpeechrateCommand.commandLine(new TerminalCapture(false).terminal())
            .getSubcommands()
            .get(command);
    Stream.concat(Stream.of(line), line.getSubcommands().values().stream())
        .map(CommandLine::getCommandSpec)
        .flatMap(
            spec ->
                Stream.of(
                        Stream.of(spec.usageMessage().header()),
                        Stream.of(spec.usageMessage().description()),
                        Stream.of(spec.usageMessage().footer()),
                        spec.args().stream().flatMap(arg -> Stream.of(arg.description())))
                    .flatMap(each -> each))
        .forEach(
            text -> assertThatCode(() -> String.format(text)).as(text).doesNotThrowAnyException());
  }

  @Test
  void helpIsColouredOnATerminalOnly() {
    TerminalCapture terminal = new TerminalCapture(true);
    SpeechrateCommand.run(terminal.terminal(), "--help");
    assertThat(terminal.out()).contains("\u001b[");
  }

  @Test
  void tellsItsVersion() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), "--version")).isEqualTo(Exit.DONE);
    assertThat(terminal.out()).startsWith("speechrate ").contains("Temporal SDK 1.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trian",
        "train --epochs 20",
        "up --ui-port many",
        "status",
        "train --set training",
        "train --input gone.json",
        "worker --queues gpu",
        "train --allow-read gone",
        "train --allow-host http://a.example",
        "runs --workspace gone",
        "compare one",
        "compare one two --bootstrap -1",
        "runs --limit 0",
        "chaos --kills 0",
        "runs --limit -3",
        "logs -n -4",
        "up --ui-port 70000",
        "worker --metrics-port -1",
        "worker --metrics-host no/host",
        "train --port 7233 --ui-port 7233",
        "train --set training.epoch=3",
        "train --id "
      })
  void wrongInputIsOneLineAndExitCode2(String line) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] words = line.split(" ", -1);
    assertThat(SpeechrateCommand.run(terminal.terminal(), words)).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.err()).doesNotContain("\tat ");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void aWorkspaceWithoutRunsSaysHowToStartOne() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), "runs", "--workspace", folder.toString()))
        .isEqualTo(Exit.DONE);
    assertThat(terminal.err())
        .isEqualTo("no runs yet; start one: deploy/speechrate --workspace " + folder + " train\n");
  }

  @Test
  void aRunThatIsNotThereIsWrongInput() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(
            SpeechrateCommand.run(
                terminal.terminal(), "status", "gone", "--workspace", folder.toString()))
        .isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err())
        .isEqualTo(
            "speechrate: there is no run gone; `deploy/speechrate --workspace "
                + folder
                + " runs` lists them\n");
  }

  @Test
  void stoppingNeedsAServer() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(
            SpeechrateCommand.run(
                terminal.terminal(), "stop", "some", "--workspace", folder.toString()))
        .isEqualTo(Exit.MISSING);
    assertThat(terminal.err())
        .isEqualTo(
            "speechrate: no Temporal server runs in this workspace; start it: deploy/speechrate"
                + " --workspace "
                + folder
                + " up\n");
  }

  @Test
  void aSpecThatIsRefusedStartsNothingAndIsToldToPrograms() throws Exception {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(
            SpeechrateCommand.run(
                terminal.terminal(),
                "train",
                "--json",
                "--set",
                "training.epochs=0",
                "--workspace",
                folder.toString()))
        .isEqualTo(Exit.WRONG_INPUT);
    JsonNode error = new ObjectMapper().readTree(terminal.out()).get("error");
    assertThat(error.get("kind").asText()).isEqualTo("INVALID_SPEC");
    assertThat(error.get("message").asText()).startsWith("training.epochs must be");
    assertThat(terminal.err()).isEqualTo("speechrate: " + error.get("message").asText() + "\n");
    assertThat(folder.resolve("data/server.json")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "pause", "resume", "cancel"})
  void anEndedRunCannotBeChanged(String command) throws Exception {
    Path file = new RunFiles(folder).record("r", "run-1");
    Files.createDirectories(file.getParent());
    Files.write(
        file,
        Json.write(
            new RunRecord(
                "r",
                "run-1",
                "2026-01-02T03:04:05Z",
                "2026-01-02T03:04:06Z",
                "completed",
                "",
                Optional.empty(),
                List.of(),
                Optional.empty())));
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(
            SpeechrateCommand.run(
                terminal.terminal(), command, "r", "--workspace", folder.toString()))
        .isEqualTo(Exit.RUN_FAILED);
    assertThat(terminal.err())
        .startsWith("speechrate: run r has ended already; `deploy/speechrate ")
        .endsWith(" status r` shows it\n");
  }

  @Test
  void ofADetachedUpOnlyItsOwnReasonIsTold() throws Exception {
    Path log = folder.resolve("up.log");
    Files.writeString(log, "INFO begins\nspeechrate: no disk\nWARN ends\n");
    assertThat(DetachedUp.lastWords(log)).isEqualTo("no disk");
    Files.writeString(log, "INFO begins\n");
    assertThat(DetachedUp.lastWords(log)).isEqualTo("INFO begins");
  }

  @Test
  void gcDeletesNothingUnlessTold() throws Exception {
    Path output = Files.createDirectories(folder.resolve("data/stages/labels/0"));
    Files.write(output.resolve("x"), new byte[1500]);
    Files.setLastModifiedTime(output, FileTime.from(Instant.EPOCH));
    TerminalCapture terminal = new TerminalCapture(false);
    String[] gc = {"--workspace", folder.toString(), "gc"};

    assertThat(SpeechrateCommand.run(terminal.terminal(), gc)).isEqualTo(Exit.DONE);
    assertThat(terminal.out())
        .contains("2 KB  data/stages/labels/0")
        .contains(
            "would delete 1 of the outputs in data/stages and data/encoded, 2 KB; with --delete it does");
    assertThat(output).exists();

    SpeechrateCommand.run(terminal.terminal(), "--workspace", folder.toString(), "gc", "--delete");
    assertThat(terminal.out())
        .contains("deleted 1 of the outputs in data/stages and data/encoded, 2 KB");
    assertThat(output).doesNotExist();
  }

  @Test
  void gcLeavesAllWhereARunStandsStill() throws Exception {
    Files.createDirectories(folder.resolve("data/runs/mine/0"));
    TerminalCapture terminal = new TerminalCapture(false);

    assertThat(SpeechrateCommand.run(terminal.terminal(), "--workspace", folder.toString(), "gc"))
        .isEqualTo(Exit.RUN_FAILED);
    assertThat(terminal.err()).contains("run mine is under way and may use any output");
  }
}
