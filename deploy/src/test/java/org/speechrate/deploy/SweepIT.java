package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState.State;

/** A sweep on the bundled sample: real dev server, real worker, real files. */
@Timeout(180)
class SweepIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestWorkspace test;

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.running();
  }

  @AfterAll
  static void stop() throws Exception {
    test.close();
  }

  private static String sweep(String... arguments) {
    List<String> all =
        new ArrayList<>(List.of("sweep", "--workspace", test.root().toString(), "--wait"));
    all.addAll(List.of(arguments));
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), all.toArray(String[]::new)))
        .as(terminal.err())
        .isEqualTo(Exit.DONE);
    return terminal.out();
  }

  @Test
  void sixVariantsOneOfWhichFails() throws Exception {
    String[] grid = {"--input", input().toString(), "--set", "training.epochs=15", "--json"};
    JsonNode first = JSON.readTree(sweep(grid));
    JsonNode rows = first.get("leaderboard");

    assertThat(rows).hasSize(6);
    for (int i = 0; i < 5; i++) {
      assertThat(rows.get(i).get("rank").asInt()).isEqualTo(i + 1);
      assertThat(rows.get(i).get("state").asText()).isEqualTo("trained");
      if (i > 0) {
        assertThat(rows.get(i).get("devMse").asDouble())
            .isGreaterThanOrEqualTo(rows.get(i - 1).get("devMse").asDouble());
      }
    }
    assertThat(rows.get(5).get("variant").asInt()).isEqualTo(3);
    assertThat(rows.get(5).get("failure").asText()).startsWith("training.learningRate: with 10.0");
    assertThat(first.get("evaluation").get("test").get("mse").asDouble()).isPositive();
    assertThat(first.get("publishing").isNull()).isTrue();
    assertThat(test.root().resolve("models/speech-rate")).doesNotExist();

    Path csv =
        new RunFiles(test.root())
            .leaderboard(first.get("workflowId").asText(), first.get("runId").asText());
    List<String> lines = Files.readAllLines(csv);
    assertThat(lines).hasSize(7);
    assertThat(lines.get(0))
        .isEqualTo(
            "rank,variant,state,dev_mse,epoch,epochs,training.hidden,training.learningRate,error,"
                + "test_mse");

    JsonNode again = JSON.readTree(sweep(grid));
    for (int i = 0; i < 5; i++) {
      assertThat(again.get("leaderboard").get(i).get("state").asText()).isEqualTo("reused");
      assertThat(again.get("leaderboard").get(i).get("devMse"))
          .isEqualTo(rows.get(i).get("devMse"));
    }

    RunResult winner = test.client().train(first.get("winner"), "the winner").result();
    assertThat(winner.stage(Stage.TRAINING).state()).isEqualTo(State.REUSED);
    assertThat(winner.stage(Stage.EVALUATION).state()).isEqualTo(State.REUSED);
    assertThat(winner.evaluation().get("test").mse())
        .isEqualTo(first.get("evaluation").get("test").get("mse").asDouble());
  }

  private static Path input() throws Exception {
    Path file = test.root().resolve("sweep.json");
    Files.writeString(
        file,
        "{\"sweep\": {\"list\": [{\"training.hidden\": [16]}, {\"training.hidden\": [32]},"
            + " {\"training.learningRate\": 10}, {\"training.hidden\": [32],"
            + " \"training.learningRate\": 0.001}, {\"training.hidden\": [64]}, {}]}}");
    return file;
  }

  @Test
  void tableHalvingAndPublishing() throws Exception {
    String out =
        sweep(
            "--random",
            "6",
            "--draw",
            "training.learningRate=log:1e-4..1e-2",
            "--draw",
            "training.seed=0..99",
            "--halving",
            "3,9",
            "--set",
            "publishing.model=swept",
            "--id",
            "halved");

    assertThat(out)
        .containsPattern("rank +dev MSE +epoch +state +training.learningRate +training.seed\n")
        .contains("6 variants: 2 trained, 4 stopped")
        .contains("variant ")
        .contains("its input, for `train`: {\"");
    assertThat(new RunFiles(test.root()).find("halved-winner")).isPresent();

    for (String command : List.of("status", "watch")) {
      TerminalCapture shown = new TerminalCapture(false);
      assertThat(
              SpeechrateCommand.run(
                  shown.terminal(), command, "halved", "--workspace", test.root().toString()))
          .isEqualTo(Exit.DONE);
      assertThat(shown.out()).contains("6 variants: 2 trained, 4 stopped");
    }
    TerminalCapture runs = new TerminalCapture(false);
    SpeechrateCommand.run(runs.terminal(), "runs", "--workspace", test.root().toString());
    assertThat(runs.out()).containsPattern("halved +\\S+ +completed +\\d");
  }
}
