package org.speechrate.pipeline.probe;

import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param name for progress alone
 * @param task the labels as they are
 * @param controls control tasks; empty where there are none
 * @param seed of the bootstrap, and of the order in which speakers are described
 * @param rounds of the bootstrap
 */
public record LayerRequest(
    String workspace,
    boolean reuse,
    String name,
    Task task,
    List<Task> controls,
    long seed,
    int rounds) {

  /**
   * @param models networks that were trained on it
   * @param failure what is to be said of one that failed
   */
  public record Task(
      Artifact dataset, Artifact embeddings, List<Artifact> models, Optional<String> failure) {
    public Task {
      models = List.copyOf(models);
    }
  }

  public LayerRequest {
    controls = List.copyOf(controls);
  }
}
