package org.speechrate.training;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityInfo;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.sweep.SweepActivities;
import org.speechrate.pipeline.sweep.VariantGroup;
import org.speechrate.pipeline.sweep.VariantOutcome;
import org.speechrate.pipeline.training.TrainingActivities;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingResult;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** Runs {@link TrainingStage} as an activity: for one training, or for a sweep's. */
public final class TrainingActivitiesImpl implements TrainingActivities, SweepActivities {
  private final StageRunner runner;
  private final RunFiles runs;
  private final StageStore store;
  private final TrainingStage stage;

  public TrainingActivitiesImpl(StageRunner runner, Workspace workspace, StageStore store) {
    this.runner = runner;
    runs = new RunFiles(workspace.root());
    this.store = store;
    stage = new TrainingStage(workspace, store);
  }

  @Override
  public TrainingResult trainModel(TrainingRequest request) {
    Path checkpoint = checkpointIn("");
    return runner.run(
        Stage.TRAINING, request.workspace(), monitor -> stage.train(request, checkpoint, monitor));
  }

  @Override
  public List<VariantOutcome> trainVariants(VariantGroup group) {
    Map<Integer, Path> checkpoints = new HashMap<>();
    group
        .members()
        .forEach(
            member ->
                checkpoints.put(member.variant(), checkpointIn("variant-" + member.variant())));
    return runner.run(
        Stage.TRAINING,
        group.workspace(),
        monitor ->
            new VariantTrainer(stage, store, Runtime.getRuntime().availableProcessors())
                .train(group, checkpoints, monitor));
  }

  /**
   * @param folder below the run's own
   */
  private Path checkpointIn(String folder) {
    ActivityInfo info = Activity.getExecutionContext().getInfo();
    return Checkpoint.file(
        runs.folder(info.getWorkflowId(), info.getWorkflowRunId()).resolve(folder),
        info.getActivityId(),
        info.getAttempt());
  }
}
