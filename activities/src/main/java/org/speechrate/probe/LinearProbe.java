package org.speechrate.probe;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.speechrate.regression.RidgeRegression;
import org.speechrate.stage.StageMonitor;

/** Ridge regression from some samples' embeddings to their speech rates. */
final class LinearProbe {
  private static final int BLOCK_ROWS = 1024;

  private LinearProbe() {}

  /** Why there is no fit to these samples; empty where there is one. */
  static Optional<String> reasonAgainst(ProbeSamples.Part samples, int dimension) {
    Optional<String> reason = RidgeRegression.reasonAgainst(samples.count(), dimension);
    return reason.isEmpty() && samples.groupCount() < 2
        ? Optional.of("ridge regression needs at least 2 speakers to choose its penalty")
        : reason;
  }

  static RidgeRegression.Fit fit(
      Features features, ProbeSamples.Part samples, StageMonitor monitor) {
    RidgeRegression ridge = new RidgeRegression(features.dimension());
    add(ridge, features, samples, monitor);
    return ridge.fit();
  }

  static void add(
      RidgeRegression ridge, Features features, ProbeSamples.Part samples, StageMonitor monitor) {
    for (int from = 0; from < samples.count(); from += BLOCK_ROWS) {
      monitor.endIfStopped();
      int to = Math.min(from + BLOCK_ROWS, samples.count());
      float[][] block = new float[to - from][features.dimension()];
      for (int i = from; i < to; i++) {
        features.read(samples.rows()[i], block[i - from]);
      }
      ridge.add(
          block,
          Arrays.copyOfRange(samples.cps(), from, to),
          Arrays.copyOfRange(samples.groups(), from, to));
    }
  }

  /** Letters per second of each sample. */
  static double[] predict(RidgeRegression.Fit fit, Features features, ProbeSamples.Part samples) {
    float[] values = new float[features.dimension()];
    double[] predicted = new double[samples.count()];
    for (int i = 0; i < predicted.length; i++) {
      features.read(samples.rows()[i], values);
      predicted[i] = fit.predict(values);
    }
    return predicted;
  }

  static double squaredError(double[] predicted, double[] cps) {
    double sum = 0;
    for (int i = 0; i < cps.length; i++) {
      sum += (predicted[i] - cps[i]) * (predicted[i] - cps[i]);
    }
    return sum;
  }

  static String ofSteps(String what, int step, int steps) {
    return String.format(Locale.ROOT, "%s, %d of %d", what, step, steps);
  }
}
