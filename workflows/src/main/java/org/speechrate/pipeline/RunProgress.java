package org.speechrate.pipeline;

import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.sweep.LeaderboardRow;

/**
 * Answer of query {@code progress}.
 *
 * @param stages the run's stages in order
 * @param running newest report of the running stage
 * @param leaderboard of a sweep; empty in other runs
 */
public record RunProgress(
    List<StageState> stages, Optional<StageProgress> running, List<LeaderboardRow> leaderboard) {
  public RunProgress {
    stages = List.copyOf(stages);
    // An answer of before there were sweeps.
    leaderboard = leaderboard == null ? List.of() : List.copyOf(leaderboard);
  }

  public RunProgress(List<StageState> stages, Optional<StageProgress> running) {
    this(stages, running, List.of());
  }
}
