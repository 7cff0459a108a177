package org.speechrate.notebook;

import org.speechrate.pipeline.publishing.PublishingSpec;

/**
 * The fields that runs of {@code Train} and {@code Sweep} share beyond those of {@link DataSpec}:
 * embeddings, evaluation and publishing.
 *
 * @param <S> the spec itself
 */
public abstract class ModelSpec<S extends ModelSpec<S>> extends DataSpec<S>
    implements EmbeddingsFields<S> {
  /** For the specs of this package. */
  ModelSpec() {}

  /** Rounds of the 95 % intervals; 0 makes none. */
  public S bootstrap(int rounds) {
    return set("evaluation.bootstrap", rounds);
  }

  /** Folder below {@code models/} that a published version goes to. */
  public S model(String name) {
    return set("publishing.model", name);
  }

  /** What a model has to show before it is published. */
  public S gate(PublishingSpec.Gate gate) {
    return set("publishing.gate", gate);
  }

  /** Publishes nothing where data, embeddings and weights are those of the newest version. */
  public S onlyNew(boolean yes) {
    return set("publishing.onlyNew", yes);
  }

  /** Of gate better: share of the champion's MSE that has to be saved. */
  public S margin(double share) {
    return set("publishing.margin", share);
  }

  /** Waits for somebody's {@link NotebookRun#approve} once the gate has said yes. */
  public S approval(boolean yes) {
    return set("publishing.approval", yes);
  }

  public S approvalDeadlineHours(int hours) {
    return set("publishing.approvalDeadlineHours", hours);
  }

  /** File that ends with .pt and becomes the Python system's of each published version. */
  public S alsoWrite(String file) {
    return set("publishing.alsoWrite", file);
  }
}
