package org.speechrate.pipeline;

import io.temporal.common.converter.RawValue;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import org.speechrate.pipeline.predict.PredictResult;

/** Workflow type {@code Predict}: the speech rates of embeddings, by a published model. */
@WorkflowInterface
public interface PredictWorkflow {
  /** The workflow type as the UI and other languages' clients name it. */
  String TYPE = "Predict";

  /**
   * @param input one JSON object as {@link PredictSpecReader} takes it, or nothing; taken raw, so
   *     that a bad one fails the run instead of the workflow task
   */
  @WorkflowMethod(name = TYPE)
  PredictResult predict(RawValue input);

  @QueryMethod(name = "progress", description = "The stages, and how far the running one is.")
  RunProgress progress();

  @SignalMethod(
      name = "reportProgress",
      description = "For the running activity: how far it is. Not meant for people.")
  void reportProgress(StageProgress progress);
}
