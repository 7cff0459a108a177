package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grpc.Status;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.interceptors.WorkflowClientCallsInterceptor;
import io.temporal.common.interceptors.WorkflowClientCallsInterceptorBase;
import io.temporal.common.interceptors.WorkflowClientInterceptorBase;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.speechrate.client.RunClient;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.TrainWorkflow;
import org.speechrate.pipeline.sweep.SweepResult;

class NotebookRunTest {
  private final List<String> shown = new ArrayList<>();
  private final Deque<Status> refusals = new ConcurrentLinkedDeque<>();
  private TestWorkflowEnvironment temporal;

  @BeforeEach
  void start() {
    temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setUseTimeskipping(false)
                .setWorkflowClientOptions(
                    WorkflowClientOptions.newBuilder()
                        .setInterceptors(new Refusing(refusals))
                        .build())
                .build());
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
    NotebookRun<RunResult> run = train(spec().put("seconds", 2));
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
    NotebookRun<RunResult> run = train(spec().put("fail", why));
    assertThatThrownBy(run::await).isInstanceOf(NotebookException.class).hasMessage(why);
    assertThatThrownBy(run::result).isInstanceOf(NotebookException.class).hasMessage(why);
    assertThat(shown.get(shown.size() - 1))
        .startsWith("ended without a result after")
        .endsWith(run.page());
  }

  @Test
  void stopsEarly() {
    NotebookRun<RunResult> run = train(spec().put("seconds", 60));
    assertThat(run.stopEarly()).isEqualTo("training ends after the epoch in hand");
    assertThat(run.await().verdict()).contains("2.500");
    assertThatThrownBy(run::stopEarly)
        .isInstanceOf(NotebookException.class)
        .hasMessage("cannot stop early: the run has ended");
  }

  @Test
  void pausesAndResumes() {
    NotebookRun<RunResult> run = train(spec().put("seconds", 2));
    assertThat(run.pause()).isEqualTo("the run pauses");
    assertThat(run.progressText()).isEqualTo("training (5 of 7) paused after epoch 7");
    assertThatThrownBy(run::pause)
        .isInstanceOf(NotebookException.class)
        .hasMessage("cannot pause: the run is paused already");
    assertThat(run.resume()).isEqualTo("the run goes on");
    assertThatThrownBy(run::resume).hasMessage("cannot resume: the run is not paused");
    assertThat(run.await().verdict()).contains("2.500");
    assertThatThrownBy(run::pause).hasMessage("cannot pause: the run has ended");
  }

  @Test
  void approvesAndRejects() {
    NotebookRun<RunResult> run = train(spec().put("seconds", 60));
    assertThatThrownBy(() -> run.reject("Ana", "no"))
        .isInstanceOf(NotebookException.class)
        .hasMessage("cannot reject: the run does not wait for approval");
    assertThat(run.approve("Ana", "")).isEqualTo("approved: {\"who\":\"Ana\"}");
    assertThat(run.await().verdict()).contains("2.500");
  }

  @Test
  void onlyTrainingRunsCanBePaused() {
    NotebookRun<SweepResult> sweep =
        new NotebookRun<>(
            new RunClient(temporal.getWorkflowClient(), "w").train(spec(), "a test"),
            SweepResult.class,
            (workflowId, runId) -> "",
            () -> shown::add);
    assertThatThrownBy(sweep::pause)
        .isInstanceOf(NotebookException.class)
        .hasMessage("cannot pause: only a run of Train can; cancel() ends this one");
  }

  @Test
  void aCancelledRunSaysSo() {
    NotebookRun<RunResult> run = train(spec().put("seconds", 60));
    run.cancel();
    assertThatThrownBy(run::await).hasMessage("the run was cancelled");
  }

  @Test
  void awaitBearsAServerThatIsBusyOrRestarted() {
    refusals.add(Status.RESOURCE_EXHAUSTED.withDescription("Workflow is busy."));
    refusals.add(Status.UNAVAILABLE.withDescription("io exception"));
    assertThat(train(spec()).await().verdict()).contains("2.500");
    assertThat(shown.get(1)).matches("no answer from the server \\(RESOURCE_EXHAUSTED\\), .* s");
    assertThat(shown.get(2)).matches("no answer from the server \\(UNAVAILABLE\\), .* s");
  }

  @Test
  void awaitGivesUpWhenThePatienceIsOver() {
    NotebookRun<RunResult> run = train(spec(), Duration.ZERO);
    refusals.add(Status.UNAVAILABLE.withDescription("io exception"));
    assertThatThrownBy(run::await)
        .isInstanceOf(NotebookException.class)
        .hasMessage(
            "lost the server (UNAVAILABLE: io exception); the run goes on when it is back: await it"
                + " again");
    assertThat(run.await().verdict()).contains("2.500");
  }

  @Test
  void awaitGivesUpAtOnceWhereWaitingIsNoCure() {
    NotebookRun<RunResult> run = train(spec());
    refusals.add(Status.PERMISSION_DENIED.withDescription("not you"));
    assertThatThrownBy(run::await)
        .hasMessageStartingWith("lost the server (PERMISSION_DENIED: not you)");
  }

  /** Answers questions for the result with these, one each, before it lets them through. */
  private static final class Refusing extends WorkflowClientInterceptorBase {
    private final Deque<Status> refusals;

    Refusing(Deque<Status> refusals) {
      this.refusals = refusals;
    }

    @Override
    public WorkflowClientCallsInterceptor workflowClientCallsInterceptor(
        WorkflowClientCallsInterceptor next) {
      return new WorkflowClientCallsInterceptorBase(next) {
        @Override
        public <R> GetResultOutput<R> getResult(GetResultInput<R> input) throws TimeoutException {
          Status refusal = refusals.poll();
          if (refusal != null) {
            throw refusal.asRuntimeException();
          }
          return super.getResult(input);
        }
      };
    }
  }

  private static ObjectNode spec() {
    return JsonNodeFactory.instance.objectNode();
  }

  private NotebookRun<RunResult> train(ObjectNode spec) {
    return train(spec, Duration.ofMinutes(1));
  }

  private NotebookRun<RunResult> train(ObjectNode spec, Duration patience) {
    return new NotebookRun<>(
        new RunClient(temporal.getWorkflowClient(), "w").train(spec, "a test"),
        RunResult.class,
        (workflowId, runId) -> "http://ui/" + workflowId + "/" + runId,
        () -> shown::add,
        patience);
  }
}
