package org.speechrate.pipeline;

import io.temporal.common.converter.RawValue;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import org.speechrate.pipeline.sweep.SweepResult;

/** Workflow type {@code Sweep}: trains many variants of one run, and finds the best on dev. */
@WorkflowInterface
public interface SweepWorkflow {
  /** The workflow type as the UI and other languages' clients name it. */
  String TYPE = "Sweep";

  /**
   * @param input one JSON object as {@link SweepSpecReader} takes it, or nothing; taken raw, so
   *     that a bad one fails the run instead of the workflow task
   */
  @WorkflowMethod(name = TYPE)
  SweepResult sweep(RawValue input);

  @QueryMethod(
      name = "progress",
      description = "The stages, how far the running one is, and the leaderboard so far.")
  RunProgress progress();

  @SignalMethod(
      name = "reportProgress",
      description = "For the running activity: how far it is. Not meant for people.")
  void reportProgress(StageProgress progress);
}
