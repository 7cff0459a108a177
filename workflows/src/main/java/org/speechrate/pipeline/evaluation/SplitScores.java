package org.speechrate.pipeline.evaluation;

import java.util.Optional;

/**
 * The model on one split, beside the two that it has to beat. Differences are the model's value
 * minus the other's, paired: both from the same resampled speakers.
 *
 * @param n number of utterances
 * @param speakers number of speakers; absent unless each utterance's is known
 * @param mean always predicting the train labels' mean
 * @param ridge ridge regression on the train split
 * @param ridgeReason why {@code ridge} is absent
 * @param lessMean below 0 where an error is smaller than the mean's
 * @param lessRidge below 0 where an error is smaller than ridge's
 */
public record SplitScores(
    long n,
    Optional<Long> speakers,
    Scores model,
    Scores mean,
    Optional<Scores> ridge,
    Optional<String> ridgeReason,
    Scores lessMean,
    Optional<Scores> lessRidge) {}
