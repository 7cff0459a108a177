package org.speechrate.pipeline.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Errors on one split, beside those of the train labels' mean and of ridge regression: the part of
 * {@link SplitScores} that a run's result shows. Absent where undefined, and in runs older than the
 * field; intervals are 95 %, over resampled speakers.
 *
 * @param n number of utterances
 * @param mse mean squared error, in (letters/s)²
 * @param mae mean absolute error, in letters/s
 * @param r2 share of the split's own variance that is explained
 * @param r2Reason why {@code r2} is absent
 * @param baselineMse of the train labels' mean
 * @param baselineMae of the train labels' mean
 * @param rmse root of the MSE, in letters/s
 * @param pearson correlation of true and predicted
 * @param spearman correlation of their ranks
 * @param ridgeMse of ridge regression on the train split
 * @param mseLessMean of the model's MSE minus the mean's
 * @param mseLessRidge of the model's MSE minus ridge's
 */
public record SplitMetrics(
    long n,
    double mse,
    double mae,
    Optional<Double> r2,
    Optional<String> r2Reason,
    double baselineMse,
    double baselineMae,
    Optional<Double> rmse,
    Optional<Double> pearson,
    Optional<Double> spearman,
    Optional<Interval> mseInterval,
    Optional<Double> ridgeMse,
    Optional<Double> ridgeMae,
    Optional<Interval> mseLessMean,
    Optional<Interval> mseLessRidge) {

  private static final List<String> ORDER = List.of("train", "dev", "test");

  /** What runs had before intervals and ridge regression. */
  public SplitMetrics(
      long n,
      double mse,
      double mae,
      Optional<Double> r2,
      Optional<String> r2Reason,
      double baselineMse,
      double baselineMae) {
    this(
        n,
        mse,
        mae,
        r2,
        r2Reason,
        baselineMse,
        baselineMae,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  public static SplitMetrics of(SplitScores scores) {
    Scores model = scores.model();
    return new SplitMetrics(
        scores.n(),
        model.mse().value().orElseThrow(),
        model.mae().value().orElseThrow(),
        model.r2().value(),
        model.r2().value().isPresent() ? Optional.empty() : model.r2().reason(),
        scores.mean().mse().value().orElseThrow(),
        scores.mean().mae().value().orElseThrow(),
        model.rmse().value(),
        model.pearson().value(),
        model.spearman().value(),
        model.mse().interval(),
        scores.ridge().flatMap(ridge -> ridge.mse().value()),
        scores.ridge().flatMap(ridge -> ridge.mae().value()),
        scores.lessMean().mse().interval(),
        scores.lessRidge().flatMap(less -> less.mse().interval()));
  }

  /** The same metrics with train, dev and test in this order, whatever JSON made of it. */
  public static Map<String, SplitMetrics> inOrder(Map<String, SplitMetrics> splits) {
    Map<String, SplitMetrics> ordered = new LinkedHashMap<>();
    ORDER.stream().filter(splits::containsKey).forEach(s -> ordered.put(s, splits.get(s)));
    return Collections.unmodifiableMap(ordered);
  }
}
