package org.speechrate.pipeline.sweep;

import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * Variants that train on the same data.
 *
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether earlier outputs may be used
 * @param rung epochs after which all of them stop; absent where they train to their end
 * @param ended how many of the sweep's variants other groups of this rung have trained
 * @param total how many there are in all of this rung's groups
 */
public record VariantGroup(
    String workspace,
    boolean reuse,
    Artifact dataset,
    Artifact embeddings,
    Optional<Integer> rung,
    int ended,
    int total,
    List<Member> members) {

  /**
   * @param from what the variant's last rung left
   */
  public record Member(int variant, TrainingSpec training, Optional<Artifact> from) {}

  public VariantGroup {
    members = List.copyOf(members);
  }
}
