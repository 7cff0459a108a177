package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.testing.WorkflowReplayer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Histories of real runs, as {@code temporal workflow show --output json} prints them: today's code
 * must be able to go on with a run that yesterday's began.
 */
class TrainWorkflowReplayTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "completed",
        "stopped-early",
        "paused-and-resumed",
        "cancelled",
        "refused-input",
        "refused-by-a-stage"
      })
  void recordedRunReplays(String name) {
    assertThatCode(
            () ->
                WorkflowReplayer.replayWorkflowExecution(
                    WorkflowExecutionHistory.fromJson(history(name)), TrainWorkflowImpl.class))
        .doesNotThrowAnyException();
  }

  @Test
  void anotherOrderOfStagesDoesNotReplay() throws IOException {
    String swapped =
        history("completed")
            .replace("\"ScanCorpus\"", "\"x\"")
            .replace("\"LoadEmbeddings\"", "\"ScanCorpus\"")
            .replace("\"x\"", "\"LoadEmbeddings\"");

    assertThatThrownBy(
            () ->
                WorkflowReplayer.replayWorkflowExecution(
                    WorkflowExecutionHistory.fromJson(swapped), TrainWorkflowImpl.class))
        .hasMessageContaining("ScanCorpus");
  }

  private static String history(String name) throws IOException {
    try (InputStream json =
        TrainWorkflowReplayTest.class.getResourceAsStream("/histories/" + name + ".json")) {
      return new String(json.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
