package org.speechrate.predict;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityInfo;
import java.nio.file.Path;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.predict.DeliveryRequest;
import org.speechrate.pipeline.predict.FoundModel;
import org.speechrate.pipeline.predict.ModelRequest;
import org.speechrate.pipeline.predict.PredictActivities;
import org.speechrate.pipeline.predict.PredictFacts;
import org.speechrate.pipeline.predict.PredictRequest;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** Runs {@link PredictStage} as activities. */
public final class PredictActivitiesImpl implements PredictActivities {
  private final StageRunner runner;
  private final RunFiles runs;
  private final PredictStage stage;

  public PredictActivitiesImpl(
      StageRunner runner, Workspace workspace, StageStore store, SourceHashes sources) {
    this.runner = runner;
    runs = new RunFiles(workspace.root());
    stage = new PredictStage(workspace, store, sources);
  }

  @Override
  public FoundModel findModel(ModelRequest request) {
    return runner.run(Stage.PREDICT, request.workspace(), monitor -> stage.find(request));
  }

  @Override
  public StageResult<PredictFacts> predict(PredictRequest request) {
    ActivityInfo info = Activity.getExecutionContext().getInfo();
    Path folder = runs.folder(info.getWorkflowId(), info.getWorkflowRunId());
    return runner.run(
        Stage.PREDICT, request.workspace(), monitor -> stage.predict(request, folder, monitor));
  }

  @Override
  public String deliver(DeliveryRequest request) {
    return runner.run(
        Stage.PREDICT, request.workspace(), monitor -> stage.deliver(request, monitor));
  }
}
