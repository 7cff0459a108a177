package org.speechrate.pipeline.evaluation;

import io.temporal.activity.ActivityInterface;
import org.speechrate.pipeline.StageResult;

/**
 * Evaluates the model on each split: {@code metrics.json}, {@code report.html} and {@code
 * predictions.csv} (sample_id, split, speaker_id, true_cps, predicted_cps).
 */
@ActivityInterface
public interface EvaluationActivities {
  StageResult<EvaluationFacts> evaluateModel(EvaluationRequest request);
}
