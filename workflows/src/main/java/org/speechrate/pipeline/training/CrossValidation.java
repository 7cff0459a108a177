package org.speechrate.pipeline.training;

import java.util.Locale;
import java.util.Optional;

/**
 * How well trainings on some speakers of train and dev predict the others, all folds together.
 *
 * @param groups speakers; where none is known, utterances
 * @param mse in (letters/s)²
 * @param meanMse of always answering the mean of a fold's training utterances
 * @param r2 one minus the ratio of these; absent where the latter is 0
 */
public record CrossValidation(
    int folds, int groups, int utterances, double mse, double meanMse, Optional<Double> r2) {

  public String summary() {
    return String.format(
        Locale.ROOT,
        "%d-fold cross-validation over train and dev: MSE %.3f against the mean's %.3f",
        folds,
        mse,
        meanMse);
  }
}
