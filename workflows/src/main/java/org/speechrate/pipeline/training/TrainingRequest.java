package org.speechrate.pipeline.training;

import java.util.Optional;
import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param checkpoint goes on from here, where given
 * @param finish with a checkpoint: trains no further, but commits the best weights so far
 */
public record TrainingRequest(
    String workspace,
    boolean reuse,
    TrainingSpec training,
    Artifact dataset,
    Artifact embeddings,
    Optional<String> checkpoint,
    boolean finish) {

  /** The same training, ended where the checkpoint stands. */
  public TrainingRequest finishedAt(String at) {
    return new TrainingRequest(
        workspace, reuse, training, dataset, embeddings, Optional.of(at), true);
  }
}
