package org.speechrate.pipeline;

import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.sweep.LeaderboardRow;

/**
 * Answer of a sweep's query {@code progress}: that of a run, and the leaderboard.
 *
 * @param running newest report of the running stage
 */
public record SweepProgress(
    List<StageState> stages, Optional<StageProgress> running, List<LeaderboardRow> leaderboard) {
  public SweepProgress {
    stages = List.copyOf(stages);
    leaderboard = List.copyOf(leaderboard);
  }
}
