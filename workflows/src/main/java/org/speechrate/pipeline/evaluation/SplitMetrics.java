package org.speechrate.pipeline.evaluation;

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
    double baselineMae) {}
