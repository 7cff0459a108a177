package org.speechrate.pipeline.training;

import java.util.Optional;
import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param checkpoint goes on from here, where given
 * @param finish trains no further, but commits the best weights of the checkpoint; where none is
 *     given, of the newest that an attempt of this run has left
 */
public record TrainingRequest(
    String workspace,
    boolean reuse,
    TrainingSpec training,
    Artifact dataset,
    Artifact embeddings,
    Optional<String> checkpoint,
    boolean finish) {

  /** The same training, going on from a checkpoint. */
  public TrainingRequest from(String at) {
    return new TrainingRequest(
        workspace, reuse, training, dataset, embeddings, Optional.of(at), false);
  }

  /** The same training, without a checkpoint. */
  public TrainingRequest fromStart() {
    return new TrainingRequest(
        workspace, reuse, training, dataset, embeddings, Optional.empty(), false);
  }

  /** The same training, ended where its checkpoint stands. */
  public TrainingRequest finished() {
    return new TrainingRequest(workspace, reuse, training, dataset, embeddings, checkpoint, true);
  }
}
