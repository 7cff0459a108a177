package org.speechrate.pipeline;

import io.temporal.common.converter.RawValue;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Workflow type {@code Train}: from a corpus, or labels and embeddings, to a published model. */
@WorkflowInterface
public interface TrainWorkflow {
  /** The workflow type as the UI and other languages' clients name it. */
  String TYPE = "Train";

  /** Queue of the workflows and of all activities but training. */
  String TASK_QUEUE = "speechrate";

  /** Queue of training, so that workers with a GPU can be the only ones to take it. */
  String GPU_TASK_QUEUE = "speechrate-gpu";

  /**
   * Memo field with the id of the workspace that a run belongs to; absent when started from the UI.
   */
  String WORKSPACE_MEMO = "workspace";

  /**
   * @param input one JSON object as {@link RunSpecReader} takes it, or nothing; taken raw, so that
   *     a bad one fails the run instead of the workflow task
   */
  @WorkflowMethod(name = TYPE)
  RunResult train(RawValue input);

  @QueryMethod(name = "progress", description = "The seven stages, and how far the running one is.")
  RunProgress progress();

  /** Ends training after the epoch in hand, with the best weights so far; the run then goes on. */
  @UpdateMethod(
      name = "stopEarly",
      description =
          "Ends training now and goes on with the best weights so far. Takes no argument.")
  String stopEarly();

  @UpdateValidatorMethod(updateName = "stopEarly")
  void checkStopEarly();

  /**
   * Holds the run: training gives its worker back after the epoch in hand and keeps a checkpoint;
   * any other stage ends first, and the next one waits. Valid until training has ended.
   */
  @UpdateMethod(
      name = "pause",
      description =
          "Holds the run, for as long as you like: in training at once, else before the next stage."
              + " Takes no argument.")
  String pause();

  @UpdateValidatorMethod(updateName = "pause")
  void checkPause();

  /** Lets a paused run go on where it stands. */
  @UpdateMethod(
      name = "resume",
      description = "Lets a paused run go on where it stands. Takes no argument.")
  String resume();

  @UpdateValidatorMethod(updateName = "resume")
  void checkResume();

  /**
   * Lets a run that waits for it publish its model.
   *
   * @param input one JSON object: {@code who}, and optionally {@code comment}; taken raw, so that a
   *     bad one is refused in one line
   */
  @UpdateMethod(
      name = "approve",
      description =
          "Lets the run publish its model. Takes one object such as {\"who\": \"Ana\", \"comment\":"
              + " \"checked the report\"}; comment may be left out.")
  String approve(RawValue input);

  @UpdateValidatorMethod(updateName = "approve")
  void checkApprove(RawValue input);

  /**
   * Ends a run that waits for approval without publishing its model.
   *
   * @param input one JSON object: {@code who} and {@code reason}
   */
  @UpdateMethod(
      name = "reject",
      description =
          "The run ends and publishes nothing. Takes one object such as {\"who\": \"Ana\","
              + " \"reason\": \"too few test speakers\"}.")
  String reject(RawValue input);

  @UpdateValidatorMethod(updateName = "reject")
  void checkReject(RawValue input);

  @SignalMethod(
      name = "reportProgress",
      description = "For the running activity: how far it is. Not meant for people.")
  void reportProgress(StageProgress progress);
}
