package org.speechrate.deploy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.speechrate.client.PendingStage;

/**
 * What keeps a run from going on, said once: a stage's failed attempt, or its wait for a worker.
 */
final class StageNotices {
  /** A free worker takes a task within milliseconds. */
  private static final Duration WAITS = Duration.ofSeconds(2);

  private final Set<PendingStage> told = new HashSet<>();

  /**
   * @param otherTraining the run that has the worker for training, asked for only where one waits
   */
  List<String> news(
      List<PendingStage> pending, Instant now, Supplier<Optional<String>> otherTraining) {
    List<String> news = new ArrayList<>();
    for (PendingStage stage : pending) {
      // Of one attempt: its predecessor's failure once, and once that it waits.
      PendingStage key =
          new PendingStage(
              stage.stage(),
              stage.attempt(),
              !waits(stage, now),
              Instant.EPOCH,
              Optional.empty(),
              Optional.empty(),
              "");
      if (!told.contains(key)) {
        Optional<String> line = line(stage, now, otherTraining);
        line.ifPresent(news::add);
        if (line.isPresent()) {
          told.add(key);
        }
      }
    }
    return news;
  }

  static Optional<String> line(
      PendingStage stage, Instant now, Supplier<Optional<String>> otherTraining) {
    if (waits(stage, now)) {
      return Optional.of(
          stage.stage()
              + " waits for a worker"
              + (stage.stage().equals(PendingStage.TRAINING)
                  ? otherTraining
                      .get()
                      .map(run -> ": another training is running (" + run + ")")
                      .orElse("")
                  : ""));
    }
    return stage
        .lastFailure()
        .map(
            failure ->
                String.format(
                    "%s: attempt %d failed: %s; %s",
                    stage.stage(),
                    stage.attempt() - 1,
                    Words.line(failure),
                    stage.started() || !stage.scheduled().isAfter(now)
                        ? "attempt " + stage.attempt() + " runs"
                        : "next try in " + secondsUntil(stage.scheduled(), now) + " s"));
  }

  private static boolean waits(PendingStage stage, Instant now) {
    return !stage.started() && now.isAfter(stage.scheduled().plus(WAITS));
  }

  private static long secondsUntil(Instant then, Instant now) {
    return Math.max(1, Math.round(Duration.between(now, then).toMillis() / 1e3));
  }
}
