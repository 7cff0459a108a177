package org.speechrate.pipeline.probe;

import java.util.List;
import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param layers at least two, with the same rows
 */
public record SumRequest(String workspace, boolean reuse, Artifact dataset, List<Layer> layers) {
  public SumRequest {
    layers = List.copyOf(layers);
  }
}
