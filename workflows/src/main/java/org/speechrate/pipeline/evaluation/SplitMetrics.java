package org.speechrate.pipeline.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Errors on one split, beside those of the train labels' mean.
 *
 * @param n number of utterances
 * @param mse mean squared error, in (letters/s)²
 * @param mae mean absolute error, in letters/s
 * @param r2 share of the split's own variance that is explained; absent where it is undefined
 * @param r2Reason why {@code r2} is absent
 * @param baselineMse of the train labels' mean
 * @param baselineMae of the train labels' mean
 */
public record SplitMetrics(
    long n,
    double mse,
    double mae,
    Optional<Double> r2,
    Optional<String> r2Reason,
    double baselineMse,
    double baselineMae) {

  private static final List<String> ORDER = List.of("train", "dev", "test");

  /** The same metrics with train, dev and test in this order, whatever JSON made of it. */
  public static Map<String, SplitMetrics> inOrder(Map<String, SplitMetrics> splits) {
    Map<String, SplitMetrics> ordered = new LinkedHashMap<>();
    ORDER.stream().filter(splits::containsKey).forEach(s -> ordered.put(s, splits.get(s)));
    return Collections.unmodifiableMap(ordered);
  }
}
