package org.speechrate.probe;

import java.util.List;
import org.speechrate.embeddings.LayerFinder;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.probe.LayerRequest;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.LayerSource;
import org.speechrate.pipeline.probe.LayersRequest;
import org.speechrate.pipeline.probe.ProbeActivities;
import org.speechrate.pipeline.probe.ProbeFacts;
import org.speechrate.pipeline.probe.RowsRequest;
import org.speechrate.pipeline.probe.SumFacts;
import org.speechrate.pipeline.probe.SumRequest;
import org.speechrate.pipeline.probe.SummaryRequest;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** Runs {@link ProbeStage}'s work as activities. */
public final class ProbeActivitiesImpl implements ProbeActivities {
  private final StageRunner runner;
  private final Workspace workspace;
  private final ProbeStage stage;

  public ProbeActivitiesImpl(StageRunner runner, Workspace workspace, StageStore store) {
    this.runner = runner;
    this.workspace = workspace;
    stage = new ProbeStage(store);
  }

  @Override
  public List<LayerSource> findLayers(LayersRequest request) {
    return runner.run(
        Stage.EMBEDDINGS,
        request.workspace(),
        monitor -> LayerFinder.find(request.path(), workspace));
  }

  @Override
  public void requireSameRows(RowsRequest request) {
    runner.run(
        Stage.EMBEDDINGS,
        request.workspace(),
        monitor -> {
          stage.requireSameRows(request);
          return request;
        });
  }

  @Override
  public StageResult<SumFacts> sumLayers(SumRequest request) {
    // Its progress is shown where the networks train that follow it.
    return runner.run(Stage.TRAINING, request.workspace(), monitor -> stage.sum(request, monitor));
  }

  @Override
  public StageResult<LayerScores> probeLayer(LayerRequest request) {
    return runner.run(
        Stage.EVALUATION, request.workspace(), monitor -> stage.probe(request, monitor));
  }

  @Override
  public StageResult<ProbeFacts> summarizeProbe(SummaryRequest request) {
    return runner.run(Stage.EVALUATION, request.workspace(), monitor -> stage.summarize(request));
  }
}
