package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.RunProgress;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.store.Json;

class ResultViewTest {
  private static final RunResult RESULT =
      new RunResult(
          "train-1",
          "run-1",
          "better than the mean",
          Map.of(
              "test",
              new SplitMetrics(
                  1, 2.5, 1.5, Optional.empty(), Optional.of("one utterance"), 4.25, 1.75)),
          new PublishingResult(
              true,
              "speech-rate",
              Optional.of("v1"),
              Optional.of("models/speech-rate/v1"),
              "test MSE 2.5 is below the mean's 4.25"),
          List.of(state(Stage.CORPUS, StageState.State.REUSED, "264 utterances")));

  @Test
  void aResultOfBeforeThereWereReportsIsRead() throws Exception {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(ResultView.json(RESULT));
    assertThat(json.remove("report").isNull()).isTrue();
    assertThat(Json.read(json.toString().getBytes(StandardCharsets.UTF_8), RunResult.class))
        .isEqualTo(RESULT);
  }

  @Test
  void jsonHasTheDocumentedShape() throws Exception {
    JsonNode json = new ObjectMapper().readTree(ResultView.json(RESULT));
    assertThat(json.at("/workflowId").asText()).isEqualTo("train-1");
    assertThat(json.at("/runId").asText()).isEqualTo("run-1");
    assertThat(json.at("/verdict").asText()).isEqualTo("better than the mean");
    JsonNode test = json.at("/evaluation/test");
    assertThat(test.at("/n").asInt()).isEqualTo(1);
    assertThat(test.at("/mse").asDouble()).isEqualTo(2.5);
    assertThat(test.at("/mae").asDouble()).isEqualTo(1.5);
    assertThat(test.at("/baselineMse").asDouble()).isEqualTo(4.25);
    assertThat(test.at("/r2").isNull()).isTrue();
    assertThat(test.at("/r2Reason").asText()).isEqualTo("one utterance");
    JsonNode publishing = json.at("/publishing");
    assertThat(publishing.at("/published").asBoolean()).isTrue();
    assertThat(publishing.at("/model").asText()).isEqualTo("speech-rate");
    assertThat(publishing.at("/version").asText()).isEqualTo("v1");
    assertThat(publishing.at("/path").asText()).isEqualTo("models/speech-rate/v1");
    assertThat(publishing.at("/reason").asText()).startsWith("test MSE 2.5");
    assertThat(json.at("/stages/0/stage").asText()).isEqualTo("corpus");
    assertThat(json.at("/stages/0/state").asText()).isEqualTo("reused");
  }

  @Test
  void jsonOfAFailedRunHasItsKindAndMessage() {
    assertThat(ResultView.failureOf("train-1", "run-1", "INVALID_SPEC", "no such field"))
        .hasToString(
            "{\"workflowId\":\"train-1\",\"runId\":\"run-1\",\"error\":"
                + "{\"kind\":\"INVALID_SPEC\",\"message\":\"no such field\"}}");
  }

  @Test
  void peopleSeeTheMeanBesideAndWhyAValueIsUndefined() {
    TerminalCapture terminal = new TerminalCapture(false);
    new ResultView(terminal.terminal()).print(RESULT);
    assertThat(terminal.out())
        .contains("corpus      reused              264 utterances")
        .contains(
            "test             1    2.500  —                              —         4.250    1.500   "
                + "     —")
        .contains("R² of test is undefined: one utterance")
        .contains("published models/speech-rate/v1")
        .doesNotContain("\u001b");
  }

  @Test
  void peopleSeeTheIntervalAndRidgeRegression() {
    TerminalCapture terminal = new TerminalCapture(false);
    new ResultView(terminal.terminal())
        .metrics(
            Map.of(
                "test",
                new SplitMetrics(
                    1185,
                    2.634,
                    1.25,
                    Optional.of(0.381),
                    Optional.empty(),
                    4.251,
                    1.65,
                    Optional.of(1.623),
                    Optional.of(0.62),
                    Optional.of(0.6),
                    Optional.of(new Interval(1.9, 3.4)),
                    Optional.of(2.701),
                    Optional.of(1.3),
                    Optional.of(new Interval(-2.1, -0.9)),
                    Optional.of(new Interval(-0.3, 0.2)))));
    assertThat(terminal.out())
        .contains(
            "split   utterances      MSE  [95 % interval]        (ridge's)  (the mean's)      MAE   "
                + "    R²")
        .contains(
            "test         1,185    2.634  [1.900, 3.400]             2.701         4.251    1.250   "
                + " 0.381");
  }

  @Test
  void theBarCountsEndedStagesAndTheRunningOnesShare() {
    // Two of seven stages have ended, the third is at 30 of 60: 2 × 100 + 50 of 700 steps.
    RunProgress progress =
        new RunProgress(
            List.of(
                state(Stage.CORPUS, StageState.State.SKIPPED, ""),
                state(Stage.LABELS, StageState.State.DONE, ""),
                state(Stage.EMBEDDINGS, StageState.State.RUNNING, "")),
            Optional.of(new StageProgress(Stage.EMBEDDINGS, "30 of 60", 30, 60, List.of())));
    assertThat(ProgressView.steps(progress)).isEqualTo(250);
  }

  @Test
  void withoutATerminalALineTellsEachChangeOnce() {
    TerminalCapture terminal = new TerminalCapture(false);
    RunProgress progress =
        new RunProgress(
            List.of(
                state(Stage.CORPUS, StageState.State.REUSED, "264 utterances"),
                state(Stage.LABELS, StageState.State.WAITING, "")),
            Optional.empty());
    try (ProgressView view = new ProgressView(terminal.terminal())) {
      view.show(progress);
      view.show(progress);
    }
    assertThat(terminal.err()).isEqualTo("corpus      reused    264 utterances\n");
  }

  private static StageState state(Stage stage, StageState.State state, String text) {
    return new StageState(stage, state, text, 0, Optional.empty());
  }
}
