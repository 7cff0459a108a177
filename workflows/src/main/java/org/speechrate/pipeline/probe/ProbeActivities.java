package org.speechrate.pipeline.probe;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import org.speechrate.pipeline.StageResult;

/** What a probe does beside the stages of a run. */
@ActivityInterface
public interface ProbeActivities {
  /** The layers of a folder or file, in natural order of their names; at least one. */
  List<LayerSource> findLayers(LayersRequest request);

  /** Refuses layers that do not name the same utterances in the same order. */
  void requireSameRows(RowsRequest request);

  /**
   * The sum of all layers with the weights that suit the train split's labels best: {@code x.npy}
   * and {@code ids.csv}, as the embeddings stage leaves them.
   */
  StageResult<SumFacts> sumLayers(SumRequest request);

  /** All that the probes of one layer find; looks at the test split. */
  StageResult<LayerScores> probeLayer(LayerRequest request);

  /** Writes {@code probe.json}, {@code layers.csv} and {@code probe.html}. */
  StageResult<ProbeFacts> summarizeProbe(SummaryRequest request);
}
