package org.speechrate.pipeline.sweep;

import io.temporal.activity.ActivityInterface;
import java.util.List;

/** Training, for several variants at once. */
@ActivityInterface
public interface SweepActivities {
  /**
   * Trains a group of variants, as many at once as the worker has cores, or one where they train on
   * a GPU. Each leaves the output, under the key, that a {@code Train} run of the same choices
   * leaves and finds; one that stops at a rung leaves its checkpoint under a key of its own. So a
   * group that is tried again trains only what is missing.
   */
  List<VariantOutcome> trainVariants(VariantGroup group);
}
