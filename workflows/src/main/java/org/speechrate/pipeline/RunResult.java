package org.speechrate.pipeline;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingResult;

/**
 * What a run returns.
 *
 * @param verdict one sentence: is the model any good
 * @param evaluation metrics of train, dev and test
 * @param report relative to the workspace; absent in runs that are older than reports
 */
public record RunResult(
    String workflowId,
    String runId,
    String verdict,
    Map<String, SplitMetrics> evaluation,
    PublishingResult publishing,
    List<StageState> stages,
    Optional<String> report) {

  public RunResult {
    evaluation = SplitMetrics.inOrder(evaluation);
    stages = List.copyOf(stages);
    report = report == null ? Optional.empty() : report;
  }

  /** Without a report. */
  public RunResult(
      String workflowId,
      String runId,
      String verdict,
      Map<String, SplitMetrics> evaluation,
      PublishingResult publishing,
      List<StageState> stages) {
    this(workflowId, runId, verdict, evaluation, publishing, stages, Optional.empty());
  }

  /** The row of one stage. */
  public StageState stage(Stage stage) {
    return stages.stream().filter(state -> state.stage() == stage).findFirst().orElseThrow();
  }
}
