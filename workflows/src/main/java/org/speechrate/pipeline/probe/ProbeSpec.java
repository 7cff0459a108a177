package org.speechrate.pipeline.probe;

import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * All that a user chooses for one probe.
 *
 * @param layers folder or {@code .npz} that holds them
 * @param seeds networks that each layer trains on the labels, and as many on control tasks
 * @param control whether there are control tasks
 * @param rounds of the bootstrap; 0 makes no intervals
 * @param run corpus, labels, dataset and training, which all layers share
 */
public record ProbeSpec(String layers, int seeds, boolean control, int rounds, RunSpec run) {

  /** The seed of the training, and of the control task, with this index. */
  public long seed(int index) {
    return run.training().seed() + index;
  }

  public TrainingSpec training(int index) {
    return run.training().withSeed(seed(index));
  }
}
