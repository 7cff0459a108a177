package org.speechrate.pipeline.sweep;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingResult;

/**
 * What a sweep returns.
 *
 * @param verdict one sentence: is the winner any good
 * @param leaderboard all variants, the best on dev first, the failed ones last
 * @param winner the JSON object with which {@code Train} trains the winner
 * @param evaluation the winner's metrics of train, dev and test: the only look at the test split
 * @param publishing absent where the input does not speak of it
 */
public record SweepResult(
    String workflowId,
    String runId,
    String verdict,
    List<LeaderboardRow> leaderboard,
    Map<String, Object> winner,
    Map<String, SplitMetrics> evaluation,
    Optional<PublishingResult> publishing,
    List<StageState> stages) {

  public SweepResult {
    leaderboard = List.copyOf(leaderboard);
    evaluation = SplitMetrics.inOrder(evaluation);
    stages = List.copyOf(stages);
  }
}
