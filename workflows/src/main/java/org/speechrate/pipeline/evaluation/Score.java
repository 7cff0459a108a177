package org.speechrate.pipeline.evaluation;

import java.util.Optional;

/**
 * A metric, or the difference of two.
 *
 * @param interval 95 %, over resampled speakers
 * @param reason why value or interval is absent
 */
public record Score(Optional<Double> value, Optional<Interval> interval, Optional<String> reason) {}
