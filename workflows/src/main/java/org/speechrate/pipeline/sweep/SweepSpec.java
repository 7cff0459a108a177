package org.speechrate.pipeline.sweep;

import java.util.List;

/**
 * All that a user chooses for one sweep.
 *
 * @param variants at least one, no two the same
 * @param rungs of successive halving: epochs after which the weaker variants stop, rising, and the
 *     epochs of the whole training at the end; empty where each variant trains all of its epochs
 * @param eta one variant in so many goes on from a rung to the next
 * @param publish whether the winner is to be published, if the gate lets it
 */
public record SweepSpec(List<Variant> variants, List<Integer> rungs, int eta, boolean publish) {
  public SweepSpec {
    variants = List.copyOf(variants);
    rungs = List.copyOf(rungs);
  }
}
