package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.speechrate.client.PendingStage;

class StageNoticesTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000);
  private static final Supplier<Optional<String>> NO_OTHER = Optional::empty;

  private final StageNotices notices = new StageNotices();

  @Test
  void tellsEachFailedAttemptOnce() {
    // Attempt 5 is due in 8 s, so it is attempt 4 that failed.
    assertThat(news(failing(5, false, 8)))
        .containsExactly("labels: attempt 4 failed: disk full; next try in 8 s");
    assertThat(news(failing(5, false, 4))).isEmpty();
    assertThat(news(failing(5, true, -1))).isEmpty();
    assertThat(news(failing(6, true, -1)))
        .containsExactly("labels: attempt 5 failed: disk full; attempt 6 runs");
  }

  @Test
  void tellsWhatHoldsTrainingUp() {
    PendingStage training = stage("training", 1, false, -3, Optional.empty());
    assertThat(notices.news(List.of(training), NOW, () -> Optional.of("train-2")))
        .containsExactly("training waits for a worker: another training is running (train-2)");
    assertThat(news(training)).isEmpty();
    assertThat(news(stage("labels", 1, false, -3, Optional.empty())))
        .containsExactly("labels waits for a worker");
  }

  @Test
  void aTaskThatIsTakenAtOnceIsNoNews() {
    assertThat(news(stage("labels", 1, false, -1, Optional.empty()))).isEmpty();
    assertThat(news(stage("labels", 1, true, -60, Optional.empty()))).isEmpty();
  }

  private List<String> news(PendingStage stage) {
    return notices.news(List.of(stage), NOW, NO_OTHER);
  }

  private static PendingStage failing(int attempt, boolean started, int dueInSeconds) {
    return stage(
        "labels", attempt, started, dueInSeconds, Optional.of("java.io.IOException: disk full"));
  }

  private static PendingStage stage(
      String stage, int attempt, boolean started, int dueInSeconds, Optional<String> failure) {
    return new PendingStage(
        stage, attempt, started, NOW.plusSeconds(dueInSeconds), failure, Optional.empty(), "");
  }
}
