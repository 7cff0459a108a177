package org.speechrate.training;

import java.util.List;
import org.speechrate.pipeline.training.TrainingSpec;

/** Small trainings; each method changes one thing. */
record Specs(TrainingSpec spec) {
  static final Specs SMALL =
      new Specs(
          new TrainingSpec(
              "default",
              List.of(),
              List.of(5),
              8,
              7,
              0.01,
              0.1,
              3,
              true,
              true,
              11,
              TrainingSpec.Device.CPU));

  Specs hidden(Integer... widths) {
    return copy(
        List.of(widths),
        spec.epochs(),
        spec.batchSize(),
        spec.learningRate(),
        spec.weightDecay(),
        spec.patience(),
        spec.scaleInputs());
  }

  Specs epochs(int epochs) {
    return copy(
        spec.hidden(),
        epochs,
        spec.batchSize(),
        spec.learningRate(),
        spec.weightDecay(),
        spec.patience(),
        spec.scaleInputs());
  }

  Specs batchSize(int batchSize) {
    return copy(
        spec.hidden(),
        spec.epochs(),
        batchSize,
        spec.learningRate(),
        spec.weightDecay(),
        spec.patience(),
        spec.scaleInputs());
  }

  Specs learningRate(double learningRate) {
    return copy(
        spec.hidden(),
        spec.epochs(),
        spec.batchSize(),
        learningRate,
        spec.weightDecay(),
        spec.patience(),
        spec.scaleInputs());
  }

  Specs weightDecay(double weightDecay) {
    return copy(
        spec.hidden(),
        spec.epochs(),
        spec.batchSize(),
        spec.learningRate(),
        weightDecay,
        spec.patience(),
        spec.scaleInputs());
  }

  Specs patience(int patience) {
    return copy(
        spec.hidden(),
        spec.epochs(),
        spec.batchSize(),
        spec.learningRate(),
        spec.weightDecay(),
        patience,
        spec.scaleInputs());
  }

  Specs unscaled() {
    return copy(
        spec.hidden(),
        spec.epochs(),
        spec.batchSize(),
        spec.learningRate(),
        spec.weightDecay(),
        spec.patience(),
        false);
  }

  private Specs copy(
      List<Integer> hidden,
      int epochs,
      int batchSize,
      double learningRate,
      double weightDecay,
      int patience,
      boolean scaled) {
    return new Specs(
        new TrainingSpec(
            spec.recipe(),
            spec.overridden(),
            hidden,
            epochs,
            batchSize,
            learningRate,
            weightDecay,
            patience,
            scaled,
            scaled,
            spec.seed(),
            spec.device()));
  }
}
