package org.speechrate.client;

import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowExecutionMetadata;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TerminatedFailure;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.speechrate.pipeline.PredictWorkflow;
import org.speechrate.pipeline.ProbeWorkflow;
import org.speechrate.pipeline.RunProgress;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.SearchAttributes;
import org.speechrate.pipeline.SweepWorkflow;

/** One run of {@code Train}, {@code Sweep}, {@code Probe} or {@code Predict}. */
public final class RunHandle {
  private final WorkflowStub stub;
  private final WorkflowExecution execution;

  RunHandle(WorkflowStub stub) {
    this.stub = stub;
    this.execution = stub.getExecution();
  }

  public String workflowId() {
    return execution.getWorkflowId();
  }

  public String runId() {
    return execution.getRunId();
  }

  /** Needs a worker, also for a run that has ended. */
  public RunProgress progress() {
    return stub.query("progress", RunProgress.class);
  }

  /** "Train", "Sweep", "Probe" or "Predict". */
  public String type() {
    return stub.describe().getWorkflowType();
  }

  /** Whether it is a sweep, whose result is a {@code SweepResult}. */
  public boolean isSweep() {
    return type().equals(SweepWorkflow.TYPE);
  }

  /** Whether it is a probe, whose result is a {@code ProbeResult}. */
  public boolean isProbe() {
    return type().equals(ProbeWorkflow.TYPE);
  }

  /** Whether it is a prediction, whose result is a {@code PredictResult}. */
  public boolean isPrediction() {
    return type().equals(PredictWorkflow.TYPE);
  }

  public boolean isRunning() {
    return stub.describe().getStatus() == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
  }

  /**
   * "running", "paused", "waiting for approval", "completed", "failed", "cancelled", "terminated"
   * or "timed out". Needs no worker.
   */
  public String outcome() {
    return outcome(stub.describe());
  }

  /** The word that {@link #outcome()} says for a run that Temporal lists. */
  public static String outcome(WorkflowExecutionMetadata run) {
    return switch (run.getStatus()) {
      case WORKFLOW_EXECUTION_STATUS_CANCELED -> "cancelled";
      case WORKFLOW_EXECUTION_STATUS_RUNNING ->
          Boolean.TRUE.equals(run.getTypedSearchAttributes().get(SearchAttributes.PAUSED))
              ? "paused"
              : Boolean.TRUE.equals(
                      run.getTypedSearchAttributes().get(SearchAttributes.AWAITS_APPROVAL))
                  ? "waiting for approval"
                  : "running";
      default ->
          run.getStatus()
              .name()
              .replace("WORKFLOW_EXECUTION_STATUS_", "")
              .replace('_', ' ')
              .toLowerCase(Locale.ROOT);
    };
  }

  /** The stages that run, wait for a worker, or wait for their next attempt. Needs no worker. */
  public List<PendingStage> pending() {
    return stub.describe().getRawDescription().getPendingActivitiesList().stream()
        .map(PendingStage::of)
        .toList();
  }

  /**
   * Ends training with the best weights so far.
   *
   * @return what happens now, in one sentence
   * @throws io.temporal.client.WorkflowUpdateException if the run is not training; its cause says
   *     why
   */
  public String stopEarly() {
    return stub.update("stopEarly", String.class);
  }

  /**
   * Holds the run: in training after the epoch in hand, else before the next stage.
   *
   * @return what happens now, in one sentence
   * @throws io.temporal.client.WorkflowUpdateException if the run is paused already, or its
   *     training has ended; its cause says so
   */
  public String pause() {
    return stub.update("pause", String.class);
  }

  /**
   * Lets a paused run go on.
   *
   * @return what happens now, in one sentence
   * @throws io.temporal.client.WorkflowUpdateException if the run is not paused
   */
  public String resume() {
    return stub.update("resume", String.class);
  }

  /**
   * Lets a run that waits for approval publish its model.
   *
   * @param who says so; it stands in the model's provenance
   * @param comment may be blank
   * @return what happens now, in one sentence
   * @throws io.temporal.client.WorkflowUpdateException if the run waits for no approval, or {@code
   *     who} is blank; its cause says so
   */
  public String approve(String who, String comment) {
    return stub.update(
        "approve",
        String.class,
        comment.isBlank() ? Map.of("who", who) : Map.of("who", who, "comment", comment));
  }

  /**
   * Ends a run that waits for approval; nothing is published.
   *
   * @param who says so
   * @return what happens now, in one sentence
   * @throws io.temporal.client.WorkflowUpdateException if the run waits for no approval, or one of
   *     these is blank; its cause says so
   */
  public String reject(String who, String reason) {
    return stub.update("reject", String.class, Map.of("who", who, "reason", reason));
  }

  /** Ends the run without a result, also while it is paused. */
  public void cancel() {
    stub.cancel();
  }

  /** Waits for the end. */
  public RunResult result() throws RunFailure {
    return result(RunResult.class);
  }

  /**
   * Waits for the end.
   *
   * @param type the result's, by the run's type
   */
  public <R> R result(Class<R> type) throws RunFailure {
    try {
      return stub.getResult(type);
    } catch (WorkflowFailedException e) {
      throw failure(e);
    }
  }

  /**
   * Waits for the end, but not longer.
   *
   * @throws TimeoutException if the run goes on
   */
  public RunResult result(Duration atMost) throws RunFailure, TimeoutException {
    return result(atMost, RunResult.class);
  }

  /**
   * Waits for the end, but not longer.
   *
   * @param type the result's, by the run's type
   * @throws TimeoutException if the run goes on
   */
  public <R> R result(Duration atMost, Class<R> type) throws RunFailure, TimeoutException {
    try {
      return stub.getResult(atMost.toMillis(), TimeUnit.MILLISECONDS, type);
    } catch (WorkflowFailedException e) {
      throw failure(e);
    }
  }

  private static RunFailure failure(WorkflowFailedException e) {
    Throwable cause = e.getCause();
    if (cause instanceof ApplicationFailure failure) {
      return new RunFailure(failure.getType(), failure.getOriginalMessage(), e);
    }
    if (cause instanceof CanceledFailure) {
      return new RunFailure("CANCELLED", "the run was cancelled", e);
    }
    if (cause instanceof TerminatedFailure) {
      return new RunFailure("TERMINATED", "the run was terminated", e);
    }
    return new RunFailure("FAILED", String.valueOf(e.getMessage()), e);
  }
}
