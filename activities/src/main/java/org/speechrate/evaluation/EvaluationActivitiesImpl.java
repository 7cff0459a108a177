package org.speechrate.evaluation;

import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.evaluation.EvaluationActivities;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationRequest;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.StageStore;

/** Runs {@link EvaluationStage} as an activity. */
public final class EvaluationActivitiesImpl implements EvaluationActivities {
  private final StageRunner runner;
  private final EvaluationStage stage;

  public EvaluationActivitiesImpl(StageRunner runner, StageStore store) {
    this.runner = runner;
    stage = new EvaluationStage(store);
  }

  @Override
  public StageResult<EvaluationFacts> evaluateModel(EvaluationRequest request) {
    return runner.run(
        Stage.EVALUATION, request.workspace(), monitor -> stage.evaluate(request, monitor));
  }
}
