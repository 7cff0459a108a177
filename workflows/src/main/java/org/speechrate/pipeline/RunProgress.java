package org.speechrate.pipeline;

import java.util.List;
import java.util.Optional;

/**
 * Answer of query {@code progress}.
 *
 * @param stages the seven stages in order
 * @param running newest report of the running stage
 */
public record RunProgress(List<StageState> stages, Optional<StageProgress> running) {
  public RunProgress {
    stages = List.copyOf(stages);
  }
}
