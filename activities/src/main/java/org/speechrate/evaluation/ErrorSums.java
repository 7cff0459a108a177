package org.speechrate.evaluation;

import java.util.Arrays;

/**
 * Sums over some utterances, from which all metrics but the rank correlation follow, for several
 * predictors at once. Labels and predictions are shifted by a constant before they are squared, so
 * that variances lose no digits.
 */
final class ErrorSums {
  /** Index of a sum: of labels, and of their squares. */
  private static final int LABEL = 0;

  private static final int LABEL_SQUARED = 1;

  /** Number of the sums before those of the predictors. */
  private static final int SHARED = 2;

  /** Index of a predictor's sum, behind its first: of predictions, and of their squares. */
  private static final int PREDICTION = 0;

  private static final int PREDICTION_SQUARED = 1;

  private static final int PRODUCT = 2;
  private static final int ERROR_ABSOLUTE = 3;
  private static final int ERROR_SQUARED = 4;

  /** Number of a predictor's sums. */
  private static final int EACH = 5;

  /** Taken off the labels and, in their order, off the predictions. */
  private final double[] shifts;

  private long n;
  private final double[] sums;

  /** Least and largest of the labels and, in their order, of the predictions. */
  private final double[] low;

  private final double[] high;

  /**
   * @param shifts of the labels, then of each predictor
   */
  ErrorSums(double... shifts) {
    this.shifts = shifts;
    sums = new double[SHARED + EACH * (shifts.length - 1)];
    low = new double[shifts.length];
    high = new double[shifts.length];
    Arrays.fill(low, Double.POSITIVE_INFINITY);
    Arrays.fill(high, Double.NEGATIVE_INFINITY);
  }

  void add(double label, double[] predictions) {
    n++;
    double y = label - shifts[0];
    sums[LABEL] += y;
    sums[LABEL_SQUARED] += y * y;
    widen(0, label);
    for (int k = 0; k < predictions.length; k++) {
      double p = predictions[k] - shifts[k + 1];
      double error = predictions[k] - label;
      int at = SHARED + EACH * k;
      sums[at + PREDICTION] += p;
      sums[at + PREDICTION_SQUARED] += p * p;
      sums[at + PRODUCT] += y * p;
      sums[at + ERROR_ABSOLUTE] += Math.abs(error);
      sums[at + ERROR_SQUARED] += error * error;
      widen(k + 1, predictions[k]);
    }
  }

  private void widen(int i, double value) {
    low[i] = Math.min(low[i], value);
    high[i] = Math.max(high[i], value);
  }

  /** Sums of nothing that others of the same kind can be added to. */
  ErrorSums empty() {
    return new ErrorSums(shifts);
  }

  /** Forgets everything. */
  void clear() {
    n = 0;
    Arrays.fill(sums, 0);
    Arrays.fill(low, Double.POSITIVE_INFINITY);
    Arrays.fill(high, Double.NEGATIVE_INFINITY);
  }

  /** Adds what another one has, so many times. */
  void add(ErrorSums other, int times) {
    n += times * other.n;
    for (int i = 0; i < sums.length; i++) {
      sums[i] += times * other.sums[i];
    }
    for (int i = 0; i < low.length; i++) {
      low[i] = Math.min(low[i], other.low[i]);
      high[i] = Math.max(high[i], other.high[i]);
    }
  }

  int predictors() {
    return shifts.length - 1;
  }

  long n() {
    return n;
  }

  /** Whether two labels differ. */
  boolean labelsDiffer() {
    return low[0] < high[0];
  }

  boolean predictionsDiffer(int k) {
    return low[k + 1] < high[k + 1];
  }

  double meanLabel() {
    return shifts[0] + sums[LABEL] / n;
  }

  double meanPrediction(int k) {
    return shifts[k + 1] + of(k, PREDICTION) / n;
  }

  double mse(int k) {
    return of(k, ERROR_SQUARED) / n;
  }

  double mae(int k) {
    return of(k, ERROR_ABSOLUTE) / n;
  }

  /** NaN where it is undefined. */
  double r2(int k) {
    return labelsDiffer() ? 1 - of(k, ERROR_SQUARED) / labelScatter() : Double.NaN;
  }

  /** NaN where it is undefined. */
  double pearson(int k) {
    return labelsDiffer() && predictionsDiffer(k)
        ? product(k) / Math.sqrt(labelScatter() * predictionScatter(k))
        : Double.NaN;
  }

  /** Of the straight line from predictions to labels; NaN where there is none. */
  double slope(int k) {
    return predictionsDiffer(k) ? product(k) / predictionScatter(k) : Double.NaN;
  }

  /** The predictions' standard deviation over the labels'; NaN where the labels have none. */
  double spread(int k) {
    return labelsDiffer() ? Math.sqrt(predictionScatter(k) / labelScatter()) : Double.NaN;
  }

  private double of(int k, int which) {
    return sums[SHARED + EACH * k + which];
  }

  private double labelScatter() {
    return sums[LABEL_SQUARED] - sums[LABEL] * sums[LABEL] / n;
  }

  private double predictionScatter(int k) {
    return Math.max(0, of(k, PREDICTION_SQUARED) - of(k, PREDICTION) * of(k, PREDICTION) / n);
  }

  private double product(int k) {
    return of(k, PRODUCT) - sums[LABEL] * of(k, PREDICTION) / n;
  }
}
