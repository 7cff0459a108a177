package org.speechrate.training;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityInfo;
import java.nio.file.Path;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.training.TrainingActivities;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingResult;
import org.speechrate.run.RunFiles;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** Runs {@link TrainingStage} as an activity. */
public final class TrainingActivitiesImpl implements TrainingActivities {
  private final StageRunner runner;
  private final RunFiles runs;
  private final TrainingStage stage;

  public TrainingActivitiesImpl(StageRunner runner, Workspace workspace, StageStore store) {
    this.runner = runner;
    runs = new RunFiles(workspace.root());
    stage = new TrainingStage(workspace, store);
  }

  @Override
  public TrainingResult trainModel(TrainingRequest request) {
    ActivityInfo info = Activity.getExecutionContext().getInfo();
    Path checkpoint =
        Checkpoint.file(
            runs.folder(info.getWorkflowId(), info.getWorkflowRunId()),
            info.getActivityId(),
            info.getAttempt());
    return runner.run(
        Stage.TRAINING, request.workspace(), monitor -> stage.train(request, checkpoint, monitor));
  }
}
