package org.speechrate.pipeline;

import io.temporal.common.converter.RawValue;
import io.temporal.workflow.Workflow;
import java.util.List;
import org.speechrate.pipeline.predict.DeliveryRequest;
import org.speechrate.pipeline.predict.FoundModel;
import org.speechrate.pipeline.predict.ModelRequest;
import org.speechrate.pipeline.predict.PredictActivities;
import org.speechrate.pipeline.predict.PredictFacts;
import org.speechrate.pipeline.predict.PredictRequest;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.predict.PredictSpec;

/**
 * The recipe of a prediction. The model is found first and once: an alias that is moved meanwhile
 * changes nothing, and a name that is wrong is told before embeddings are loaded.
 */
public final class PredictWorkflowImpl implements PredictWorkflow {
  private final RunView view = new RunView(List.of(Stage.EMBEDDINGS, Stage.PREDICT));
  private final RunRecorder recorder = new RunRecorder(view);

  @Override
  public PredictResult predict(RawValue input) {
    return recorder.run(
        workspace -> {
          PredictSpec spec = PredictSpecReader.read(TrainWorkflowImpl.text(input));
          PredictResult result = stages(workspace, spec);
          recorder.completed(result.sentence(), result);
          return result;
        });
  }

  private PredictResult stages(String workspace, PredictSpec spec) {
    FoundModel model =
        calls("find model " + spec.model())
            .findModel(new ModelRequest(workspace, spec.model(), spec.out()));
    view.headline("predicting with " + model.path());
    Artifact embeddings =
        view.run(
                Stage.EMBEDDINGS,
                () -> StageCalls.embeddings(workspace, spec.reuse(), spec.embeddings()))
            .artifact();
    StageResult<PredictFacts> predictions =
        view.run(
            Stage.PREDICT,
            () ->
                calls("with " + model.name() + " " + model.version())
                    .predict(
                        new PredictRequest(
                            workspace, spec.reuse(), model, embeddings, spec.format())));
    String path =
        spec.out()
            .map(
                out ->
                    calls("write " + out)
                        .deliver(
                            new DeliveryRequest(
                                workspace, predictions.artifact(), spec.format(), out)))
            .orElse(predictions.artifact().uri() + "/" + spec.format().file());
    PredictFacts facts = predictions.facts();
    return new PredictResult(
        Workflow.getInfo().getWorkflowId(),
        Workflow.getInfo().getRunId(),
        Counts.of(facts.rows(), "prediction")
            + " by "
            + model.path()
            + ", in "
            + path
            + ": "
            + facts.numbers(),
        model.path(),
        path,
        facts.rows(),
        facts.meanCps(),
        facts.percentiles(),
        facts.warning(),
        view.states());
  }

  private static PredictActivities calls(String what) {
    return StageCalls.activities(PredictActivities.class, Stage.PREDICT, what);
  }

  @Override
  public RunProgress progress() {
    return view.progress();
  }

  @Override
  public void reportProgress(StageProgress newest) {
    view.report(newest);
  }
}
