package org.speechrate.pipeline;

import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.sweep.SweepResult;

/** Binds a run to its workspace, and writes its file there however it ends. */
final class RunRecorder {
  private final RunView view;
  private final RunActivities run =
      Workflow.newActivityStub(
          RunActivities.class, StageOptions.bookkeeping("the run's workspace and its file"));

  private Optional<String> workspace = Optional.empty();
  private Optional<RunSpec> spec = Optional.empty();

  RunRecorder(RunView view) {
    this.view = view;
  }

  /**
   * Opens the run, does its work, and records how it ends where the work does not complete it.
   *
   * @param work from the workspace's id to the result
   */
  <R> R run(Function<String, R> work) {
    return run(work, () -> {});
  }

  /**
   * @param beforeEnd done first where the run fails or is cancelled
   */
  <R> R run(Function<String, R> work, Runnable beforeEnd) {
    TrainWorkflowImpl.forgetAnotherRunsResult();
    view.headline("starting");
    try {
      return work.apply(open());
    } catch (Refusal refusal) {
      beforeEnd.run();
      throw failed(refusal.getMessage(), refusal.kind().name());
    } catch (ActivityFailure failure) {
      beforeEnd.run();
      if (TrainWorkflowImpl.isCancelled(failure)) {
        throw cancelled(new CanceledFailure("the run was cancelled"));
      }
      throw failed(FailureLine.of(failure), FailureLine.kind(failure));
    } catch (CanceledFailure cancel) {
      beforeEnd.run();
      throw cancelled(cancel);
    }
  }

  private String open() {
    String opened =
        run.openRun(
            Optional.ofNullable(
                Workflow.getMemo(TrainWorkflow.WORKSPACE_MEMO, String.class, String.class)));
    workspace = Optional.of(opened);
    return opened;
  }

  /** From now on the run's file tells what the input meant. */
  void spec(RunSpec read) {
    spec = Optional.of(read);
  }

  void completed(String outcome, RunResult result) {
    view.headline(outcome);
    record(
        "completed",
        outcome,
        Optional.of(result),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  void completed(String outcome, SweepResult result) {
    view.headline(outcome);
    record(
        "completed",
        outcome,
        Optional.empty(),
        Optional.of(result),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  void completed(String outcome, ProbeResult result) {
    view.headline(outcome);
    record(
        "completed",
        outcome,
        Optional.empty(),
        Optional.empty(),
        Optional.of(result),
        Optional.empty(),
        Optional.empty());
  }

  void completed(String outcome, PredictResult result) {
    view.headline(outcome);
    record(
        "completed",
        outcome,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(result),
        Optional.empty());
  }

  /**
   * @return what the workflow throws
   */
  ApplicationFailure failed(String message, String type) {
    view.fail("failed: " + message);
    recordEnd("failed", message, Optional.ofNullable(type));
    return FailureLine.failure(message, type);
  }

  private CanceledFailure cancelled(CanceledFailure cancel) {
    view.fail("cancelled");
    Workflow.newDetachedCancellationScope(
            () -> recordEnd("cancelled", "the run was cancelled", Optional.empty()))
        .run();
    return cancel;
  }

  private void recordEnd(String outcome, String message, Optional<String> kind) {
    record(
        outcome,
        message,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        kind);
  }

  private void record(
      String outcome,
      String message,
      Optional<RunResult> result,
      Optional<SweepResult> sweep,
      Optional<ProbeResult> probe,
      Optional<PredictResult> predict,
      Optional<String> kind) {
    if (workspace.isEmpty()) {
      return; // Refused by a worker of another workspace, whose files are not ours to write.
    }
    RunRecord record =
        new RunRecord(
            Workflow.getInfo().getWorkflowId(),
            Workflow.getInfo().getRunId(),
            TrainWorkflowImpl.started().toString(),
            Instant.ofEpochMilli(Workflow.currentTimeMillis()).toString(),
            outcome,
            message,
            spec,
            view.states(),
            result,
            sweep,
            probe,
            predict,
            Optional.empty(),
            kind);
    run.recordRun(workspace.get(), record);
    RunNotice.of(record)
        .flatMap(this::tell)
        .ifPresent(why -> run.recordRun(workspace.get(), record.untold(why)));
  }

  /**
   * Tells the worker's owner; a run neither fails nor is cancelled by that. Runs from before there
   * were notices tell nobody.
   *
   * @return why it could not be told
   */
  Optional<String> tell(RunNotice notice) {
    if (Workflow.getVersion("notices", Workflow.DEFAULT_VERSION, 1) == Workflow.DEFAULT_VERSION) {
      return Optional.empty();
    }
    RunActivities owner =
        Workflow.newActivityStub(RunActivities.class, StageOptions.notice(notice.event()));
    AtomicReference<Optional<String>> untold = new AtomicReference<>(Optional.empty());
    Workflow.newDetachedCancellationScope(
            () -> {
              try {
                owner.tellOwner(workspace.orElseThrow(), notice);
              } catch (ActivityFailure failure) {
                untold.set(Optional.of(FailureLine.of(failure)));
              }
            })
        .run();
    return untold.get();
  }
}
