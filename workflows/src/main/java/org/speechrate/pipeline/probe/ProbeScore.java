package org.speechrate.pipeline.probe;

import java.util.Optional;
import org.speechrate.pipeline.evaluation.Score;

/**
 * How well one kind of probe predicts: R², the mean over seeds; intervals are 95 % over resampled
 * speakers and seeds.
 *
 * @param dev on the dev split, which chooses the best layer
 * @param test on the test split
 * @param control on the test split of the control tasks
 * @param selectivity {@code test} minus {@code control}
 */
public record ProbeScore(Optional<Double> dev, Score test, Score control, Score selectivity) {}
