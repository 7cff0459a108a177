package org.speechrate.pipeline.dataset;

import java.util.Optional;
import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param shuffled seed by which the labels of each split change places: a control task, in which
 *     there is nothing to learn; absent where they stay
 */
public record DatasetRequest(
    String workspace,
    boolean reuse,
    DatasetSpec dataset,
    Artifact labels,
    Artifact embeddings,
    Optional<Long> shuffled) {

  public DatasetRequest {
    // A run that began before there were control tasks.
    shuffled = shuffled == null ? Optional.empty() : shuffled;
  }

  public DatasetRequest(
      String workspace, boolean reuse, DatasetSpec dataset, Artifact labels, Artifact embeddings) {
    this(workspace, reuse, dataset, labels, embeddings, Optional.empty());
  }
}
