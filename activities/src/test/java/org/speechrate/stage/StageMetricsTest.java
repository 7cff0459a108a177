package org.speechrate.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Stage;

class StageMetricsTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private long millis = 1_000_000;
  private final StageMetrics metrics = new StageMetrics(meters, () -> millis);

  private double gauge(String name, Stage stage) {
    return meters.get(name).tag("stage", stage.word()).gauge().value();
  }

  private double loss(String split) {
    return meters.get("speechrate.training.loss").tag("split", split).gauge().value();
  }

  private double checkpoint() {
    return meters.get("speechrate.checkpoint.timestamp.seconds").gauge().value();
  }

  private double moved(Stage stage) {
    return gauge("speechrate.stage.progress.timestamp.seconds", stage);
  }

  @Test
  void noSeriesAppearsLater() {
    var before = meters.getMeters().stream().map(Meter::getId).toList();
    StageMetrics.Attempt attempt = metrics.begin(Stage.TRAINING);
    attempt.progress(1, 2);
    attempt.epochEnded(Duration.ofSeconds(1), 1, new EpochLoss(1, 2, 3));
    attempt.checkpointWritten();
    StageMetrics.OUTCOMES.forEach(outcome -> metrics.begin(Stage.LABELS).end(outcome, 1));
    attempt.end("failed", 0);

    assertThat(meters.getMeters().stream().map(Meter::getId).toList())
        .containsExactlyInAnyOrderElementsOf(before);
    assertThat(
            meters
                .get("speechrate.stage.duration")
                .tags("stage", "training", "outcome", "failed")
                .timer()
                .count())
        .isEqualTo(1);
  }

  @Test
  void aStageThatStandsStillGrowsOldAndAnIdleOneDoesNot() {
    StageMetrics.Attempt attempt = metrics.begin(Stage.DATASET);
    millis = 1_005_000;
    assertThat(moved(Stage.DATASET)).isEqualTo(1000);
    assertThat(moved(Stage.LABELS)).isEqualTo(1005);

    attempt.progress(3, 4);
    assertThat(moved(Stage.DATASET)).isEqualTo(1005);
    assertThat(gauge("speechrate.stage.progress.ratio", Stage.DATASET)).isEqualTo(0.75);

    millis = 1_009_000;
    StageMetrics.Attempt other = metrics.begin(Stage.DATASET);
    assertThat(gauge("speechrate.stage.running", Stage.DATASET)).isEqualTo(2);
    assertThat(moved(Stage.DATASET)).as("the one that stands still counts").isEqualTo(1005);
    attempt.end("done", 12);
    assertThat(moved(Stage.DATASET)).isEqualTo(1009);
    other.end("done", 30);
    assertThat(gauge("speechrate.stage.running", Stage.DATASET)).isZero();
    assertThat(gauge("speechrate.stage.progress.ratio", Stage.DATASET)).isZero();
    assertThat(meters.get("speechrate.stage.rows").tag("stage", "dataset").counter().count())
        .isEqualTo(42);
  }

  @Test
  void lossesAreTheRunningTrainingsAlone() {
    assertThat(loss("train")).isNaN();
    StageMetrics.Attempt attempt = metrics.begin(Stage.TRAINING);
    assertThat(loss("dev")).isNaN();
    attempt.epochEnded(Duration.ofSeconds(2), 40, new EpochLoss(1, 5, 6));
    attempt.epochEnded(Duration.ofSeconds(3), 40, new EpochLoss(2, 4, 5.5));

    assertThat(loss("train")).isEqualTo(4);
    assertThat(loss("dev")).isEqualTo(5.5);
    assertThat(meters.get("speechrate.training.samples").counter().count()).isEqualTo(80);
    assertThat(
            meters
                .get("speechrate.training.epoch")
                .timer()
                .totalTime(java.util.concurrent.TimeUnit.SECONDS))
        .isEqualTo(5);
    metrics.begin(Stage.LABELS).end("done", 1);
    assertThat(loss("dev")).isEqualTo(5.5);
    attempt.end("done", 2);
    assertThat(loss("train")).isNaN();
    assertThat(loss("dev")).isNaN();
  }

  @Test
  void aCheckpointIsAsOldAsWhatWouldBeLost() {
    millis = 1_100_000;
    assertThat(checkpoint()).as("nothing would be").isEqualTo(1100);
    StageMetrics.Attempt attempt = metrics.begin(Stage.TRAINING);
    millis = 1_160_000;
    assertThat(checkpoint()).as("all since its beginning").isEqualTo(1100);
    attempt.checkpointWritten();
    millis = 1_170_000;
    assertThat(checkpoint()).isEqualTo(1160);
    attempt.end("stopped", 0);
    assertThat(checkpoint()).isEqualTo(1170);
  }
}
