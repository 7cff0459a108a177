package org.speechrate.pipeline.training;

import io.temporal.activity.ActivityInterface;

/**
 * Trains the model: {@code weights.safetensors} (fc1.weight [hidden, d], fc1.bias [hidden], … up to
 * the output layer [1, hidden], with the scaling of inputs and targets folded in, so that raw
 * embeddings give letters per second) and {@code history.csv} (epoch, train_mse, dev_mse).
 */
@ActivityInterface
public interface TrainingActivities {
  /** Cancelled, it writes a checkpoint and returns it. */
  TrainingResult trainModel(TrainingRequest request);
}
