package org.speechrate.pipeline.sweep;

import java.util.Optional;
import org.speechrate.pipeline.Artifact;

/**
 * What became of a variant in a group.
 *
 * @param reused whether nothing had to be trained
 * @param ended whether its training is over, and not only its rung
 * @param epochs that it has trained
 * @param keptEpoch the best one of them
 * @param devMse of that epoch, in (letters/s)²; of the best one up to the rung, where there is one
 * @param artifact what it left; absent in reports of progress, and where it failed
 * @param failure the one line that it failed with
 */
public record VariantOutcome(
    int variant,
    boolean reused,
    boolean ended,
    int epochs,
    int keptEpoch,
    double devMse,
    Optional<Artifact> artifact,
    Optional<String> failure) {

  public static VariantOutcome failed(int variant, String line) {
    return new VariantOutcome(variant, false, true, 0, 0, 0, Optional.empty(), Optional.of(line));
  }

  /** The same, short enough to be told again and again. */
  public VariantOutcome withoutArtifact() {
    return new VariantOutcome(
        variant, reused, ended, epochs, keptEpoch, devMse, Optional.empty(), failure);
  }
}
