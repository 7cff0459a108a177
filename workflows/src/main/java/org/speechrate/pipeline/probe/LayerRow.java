package org.speechrate.pipeline.probe;

import java.util.Optional;

/**
 * A layer, and what became of it.
 *
 * @param weight in the weighted sum, where there is one
 * @param devMse of its networks so far, their mean, in (letters/s)²
 * @param failure the one line that it failed with
 */
public record LayerRow(
    String name,
    Optional<Double> weight,
    Optional<Double> devMse,
    Optional<LayerScores> scores,
    Optional<String> failure) {

  /** The row that is no layer, but the weighted sum of all. */
  public static final String SUM = "weighted sum";
}
