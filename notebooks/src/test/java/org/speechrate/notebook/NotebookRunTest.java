package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.speechrate.client.RunClient;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.TrainWorkflow;

class NotebookRunTest {
  private final List<String> shown = new ArrayList<>();
  private TestWorkflowEnvironment temporal;

  @BeforeEach
  void start() {
    temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder().setUseTimeskipping(false).build());
    temporal
        .newWorker(TrainWorkflow.TASK_QUEUE)
        .registerWorkflowImplementationTypes(FakeTrain.class);
    temporal.start();
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @Test
  void awaitShowsHowFarTheRunIs() {
    NotebookRun run = train(spec().put("seconds", 2));
    RunResult result = run.await();
    assertThat(result.workflowId()).isEqualTo(run.workflowId());
    assertThat(shown.get(0)).isEqualTo("waiting for a worker");
    assertThat(shown.get(1))
        .matches(
            "training \\(5 of 7\\) \\[[#]+[.]+\\] epoch \\d+ of 100, dev MSE 2\\.91, \\d\\.\\d s");
    assertThat(shown.get(shown.size() - 1)).matches("completed after \\d\\.\\d s");
  }

  @Test
  void aFailedRunIsItsOwnLine() {
    String why = "training.epochs must be at least 1, got 0";
    NotebookRun run = train(spec().put("fail", why));
    assertThatThrownBy(run::await).isInstanceOf(NotebookException.class).hasMessage(why);
    assertThatThrownBy(run::result).isInstanceOf(NotebookException.class).hasMessage(why);
    assertThat(shown.get(shown.size() - 1))
        .startsWith("ended without a result after")
        .endsWith(run.page());
  }

  @Test
  void stopsEarly() {
    NotebookRun run = train(spec().put("seconds", 60));
    assertThat(run.stopEarly()).isEqualTo("training ends after the epoch in hand");
    assertThat(run.await().verdict()).contains("2.500");
    assertThatThrownBy(run::stopEarly)
        .isInstanceOf(NotebookException.class)
        .hasMessage("cannot stop early: the run has ended");
  }

  @Test
  void aCancelledRunSaysSo() {
    NotebookRun run = train(spec().put("seconds", 60));
    run.cancel();
    assertThatThrownBy(run::await).hasMessage("the run was cancelled");
  }

  private static ObjectNode spec() {
    return JsonNodeFactory.instance.objectNode();
  }

  private NotebookRun train(ObjectNode spec) {
    return new NotebookRun(
        new RunClient(temporal.getWorkflowClient(), "w").train(spec, "a test"),
        (workflowId, runId) -> "http://ui/" + workflowId + "/" + runId,
        () -> shown::add);
  }
}
