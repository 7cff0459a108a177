package org.speechrate.probe;

import java.util.Optional;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.stage.StageMonitor;

/**
 * Canonical correlation between embeddings and speech rate, held out. With one number on one side,
 * the canonical direction on the other is that of linear regression, and its in-sample correlation
 * is near 1 as soon as there are as many dimensions as utterances. So the direction comes from
 * ridge regression on four fifths of the speakers, and is judged on the last fifth, for each fifth
 * in turn. Directions and offsets differ from fold to fold, so deviations are pooled that are taken
 * from each fold's own means.
 */
final class HeldOutCorrelation {
  private static final int FOLDS = 5;

  /** Two of them fit while one is held out. */
  private static final int FEWEST_GROUPS = 3;

  private HeldOutCorrelation() {}

  static Score of(
      Features features, ProbeSamples.Part samples, StageMonitor monitor, String shown) {
    if (samples.groupCount() < FEWEST_GROUPS) {
      return absent("cross-validation needs at least " + FEWEST_GROUPS + " speakers");
    }
    double products = 0;
    double predictedSquares = 0;
    double squares = 0;
    for (int fold = 0; fold < FOLDS; fold++) {
      monitor.progress(shown + ": " + LinearProbe.ofSteps("CCA", fold + 1, FOLDS), 0, 0);
      boolean[] held = new boolean[samples.count()];
      boolean[] others = new boolean[samples.count()];
      for (int i = 0; i < held.length; i++) {
        held[i] = samples.groups()[i] % FOLDS == fold;
        others[i] = !held[i];
      }
      ProbeSamples.Part judged = samples.where(held);
      if (judged.count() == 0) {
        continue;
      }
      ProbeSamples.Part fitted = samples.where(others);
      Optional<String> against = LinearProbe.reasonAgainst(fitted, features.dimension());
      if (against.isPresent()) {
        return absent(against.get());
      }
      double[] predicted =
          LinearProbe.predict(LinearProbe.fit(features, fitted, monitor), features, judged);
      double mean = mean(predicted);
      double meanCps = mean(judged.cps());
      for (int i = 0; i < predicted.length; i++) {
        double p = predicted[i] - mean;
        double y = judged.cps()[i] - meanCps;
        products += p * y;
        predictedSquares += p * p;
        squares += y * y;
      }
    }
    return squares > 0 && predictedSquares > 0
        ? new Score(
            Optional.of(products / Math.sqrt(squares * predictedSquares)),
            Optional.empty(),
            Optional.empty())
        : absent("a correlation needs labels and projections that differ");
  }

  private static Score absent(String reason) {
    return new Score(Optional.empty(), Optional.empty(), Optional.of(reason));
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double each : values) {
      sum += each;
    }
    return sum / values.length;
  }
}
