package org.speechrate.pipeline.predict;

import io.temporal.activity.ActivityInterface;
import org.speechrate.pipeline.StageResult;

/** Predicts speech rates with a published model. */
@ActivityInterface
public interface PredictActivities {
  /**
   * The version that a run's model means at this moment, its files checked against their hashes;
   * also refuses an {@code out} that could not be written at the end.
   */
  FoundModel findModel(ModelRequest request);

  /**
   * Writes {@code predictions.csv} (sample_id, split, cps) or {@code predictions.npy} (float32
   * (n,)), in the order of the embeddings.
   */
  StageResult<PredictFacts> predict(PredictRequest request);

  /**
   * Copies the predictions to {@code out}, replacing what was there by one rename.
   *
   * @return where they are now
   */
  String deliver(DeliveryRequest request);
}
