package org.speechrate.evaluation;

import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.evaluation.SplitMetrics;

/**
 * Errors of predictions on one split, beside those of the train labels' mean, which every useful
 * model has to beat. Takes one utterance at a time and keeps none.
 */
final class RegressionMetrics {
  private final double baseline;
  private long n;
  private double squares;
  private double absolutes;
  private double baselineSquares;
  private double baselineAbsolutes;
  // Welford's running mean and sum of squares about it: no cancellation.
  private double mean;
  private double scatter;

  /**
   * @param baseline mean of the train labels, in letters/s
   */
  RegressionMetrics(double baseline) {
    this.baseline = baseline;
  }

  /** Both in letters/s. */
  void add(double trueCps, double predictedCps) {
    n++;
    double error = predictedCps - trueCps;
    squares += error * error;
    absolutes += Math.abs(error);
    double baselineError = baseline - trueCps;
    baselineSquares += baselineError * baselineError;
    baselineAbsolutes += Math.abs(baselineError);
    double delta = trueCps - mean;
    mean += delta / n;
    scatter += delta * (trueCps - mean);
  }

  /**
   * The metrics of what was added.
   *
   * @throws IllegalStateException if nothing was: an error of no utterance is no number
   */
  SplitMetrics result() {
    if (n == 0) {
      throw new IllegalStateException("there are no metrics of 0 utterances");
    }
    Optional<String> undefined = Optional.empty();
    if (n < 2) {
      undefined = Optional.of("R² needs at least 2 utterances, there is 1");
    } else if (scatter == 0) {
      undefined =
          Optional.of(
              String.format(
                  Locale.ROOT, "R² needs labels that differ, all %d are %s letters/s", n, mean));
    }
    Optional<Double> r2 =
        undefined.isPresent() ? Optional.empty() : Optional.of(1 - squares / scatter);
    return new SplitMetrics(
        n, squares / n, absolutes / n, r2, undefined, baselineSquares / n, baselineAbsolutes / n);
  }
}
