package org.speechrate.pipeline;

import io.temporal.common.converter.RawValue;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import org.speechrate.pipeline.probe.ProbeResult;

/** Workflow type {@code Probe}: how well speech rate can be read from each layer of an encoder. */
@WorkflowInterface
public interface ProbeWorkflow {
  /** The workflow type as the UI and other languages' clients name it. */
  String TYPE = "Probe";

  /**
   * @param input one JSON object as {@link ProbeSpecReader} takes it; taken raw, so that a bad one
   *     fails the run instead of the workflow task
   */
  @WorkflowMethod(name = TYPE)
  ProbeResult probe(RawValue input);

  @QueryMethod(name = "progress", description = "The stages, and how far the running one is.")
  RunProgress progress();

  @SignalMethod(
      name = "reportProgress",
      description = "For the running activity: how far it is. Not meant for people.")
  void reportProgress(StageProgress progress);
}
