package org.speechrate.pipeline.sweep;

import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * Variants that train side by side, on the same data unless one has its own.
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
   * @param dataset the variant's own, where it does not train on the group's
   * @param embeddings the variant's own, where it does not train on the group's
   */
  public record Member(
      int variant,
      TrainingSpec training,
      Optional<Artifact> from,
      Optional<Artifact> dataset,
      Optional<Artifact> embeddings) {

    public Member {
      // A group of before variants had their own.
      dataset = dataset == null ? Optional.empty() : dataset;
      embeddings = embeddings == null ? Optional.empty() : embeddings;
    }

    public Member(int variant, TrainingSpec training, Optional<Artifact> from) {
      this(variant, training, from, Optional.empty(), Optional.empty());
    }
  }

  public VariantGroup {
    members = List.copyOf(members);
  }
}
