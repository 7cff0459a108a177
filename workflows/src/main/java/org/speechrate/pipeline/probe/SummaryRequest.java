package org.speechrate.pipeline.probe;

import java.util.List;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.dataset.DatasetFacts;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param rows all layers, and the weighted sum
 */
public record SummaryRequest(
    String workspace,
    boolean reuse,
    ProbeSpec spec,
    Artifact dataset,
    DatasetFacts facts,
    List<LayerRow> rows) {
  public SummaryRequest {
    rows = List.copyOf(rows);
  }
}
