package org.speechrate.pipeline;

import java.util.List;
import java.util.Map;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingResult;

/**
 * What a run returns.
 *
 * @param verdict one sentence: is the model any good
 * @param evaluation metrics of train, dev and test
 */
public record RunResult(
    String workflowId,
    String runId,
    String verdict,
    Map<String, SplitMetrics> evaluation,
    PublishingResult publishing,
    List<StageState> stages) {

  public RunResult {
    evaluation = SplitMetrics.inOrder(evaluation);
    stages = List.copyOf(stages);
  }

  /** The row of one stage. */
  public StageState stage(Stage stage) {
    return stages.stream().filter(state -> state.stage() == stage).findFirst().orElseThrow();
  }
}
