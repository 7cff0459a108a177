package org.speechrate.pipeline.probe;

import java.util.Optional;

/**
 * The online code of the train split's labels: speaker after speaker, each block of them by a ridge
 * regression on those before.
 *
 * @param bits an utterance, for labels in steps of 0.01 letters/s
 * @param constantBits of the same code by the mean of those before
 * @param compression {@code constantBits} by {@code bits}: above 1 where the embeddings help
 * @param reason why the others are absent
 */
public record DescriptionLength(
    Optional<Double> bits,
    Optional<Double> constantBits,
    Optional<Double> compression,
    Optional<String> reason) {

  public static DescriptionLength absent(String reason) {
    return new DescriptionLength(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(reason));
  }
}
