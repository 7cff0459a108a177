package org.speechrate.pipeline.probe;

import java.util.List;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.StageState;

/**
 * What a probe returns.
 *
 * @param verdict one sentence: which layer speech rate is read from best
 * @param layers in natural order of their names; last their weighted sum
 * @param report folder of {@code probe.html}, {@code layers.csv} and {@code probe.json}
 */
public record ProbeResult(
    String workflowId,
    String runId,
    String verdict,
    List<LayerRow> layers,
    Artifact report,
    List<StageState> stages) {

  public ProbeResult {
    layers = List.copyOf(layers);
    stages = List.copyOf(stages);
  }
}
