package org.speechrate.client;

import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TerminatedFailure;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.speechrate.pipeline.RunProgress;
import org.speechrate.pipeline.RunResult;

/** One run of {@code Train}. */
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

  public boolean isRunning() {
    return stub.describe().getStatus() == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
  }

  /** "running", "completed", "failed", "cancelled", "terminated" or "timed out". */
  public String outcome() {
    return word(stub.describe().getStatus());
  }

  /** The word that {@link #outcome} says for it. */
  public static String word(WorkflowExecutionStatus status) {
    return switch (status) {
      case WORKFLOW_EXECUTION_STATUS_CANCELED -> "cancelled";
      default ->
          status
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

  public void cancel() {
    stub.cancel();
  }

  /** Waits for the end. */
  public RunResult result() throws RunFailure {
    try {
      return stub.getResult(RunResult.class);
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
    try {
      return stub.getResult(atMost.toMillis(), TimeUnit.MILLISECONDS, RunResult.class);
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
