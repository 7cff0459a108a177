package org.speechrate.pipeline.probe;

import java.util.List;

/**
 * @param workspace id of the workspace that the run belongs to
 */
public record RowsRequest(String workspace, List<Layer> layers) {
  public RowsRequest {
    layers = List.copyOf(layers);
  }
}
