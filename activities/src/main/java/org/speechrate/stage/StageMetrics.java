package org.speechrate.stage;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Stage;

/**
 * What a worker's stages tell Prometheus. All series are there from the start, as a counter that
 * appears with its first failure shows no increase.
 */
public final class StageMetrics {
  /** What becomes of an attempt. */
  static final List<String> OUTCOMES = List.of("done", "reused", "refused", "failed", "stopped");

  private static final double MILLIS = 1000;

  private final LongSupplier millis;
  private final Map<Stage, Set<Attempt>> running = new EnumMap<>(Stage.class);
  private final Map<Stage, Map<String, Timer>> durations = new EnumMap<>(Stage.class);
  private final Map<Stage, Counter> rows = new EnumMap<>(Stage.class);
  private final Timer epochs;
  private final Counter samples;
  private volatile EpochLoss loss;

  public StageMetrics(MeterRegistry meters) {
    this(meters, System::currentTimeMillis);
  }

  StageMetrics(MeterRegistry meters, LongSupplier millis) {
    this.millis = millis;
    for (Stage stage : Stage.values()) {
      Set<Attempt> attempts = ConcurrentHashMap.newKeySet();
      running.put(stage, attempts);
      Map<String, Timer> byOutcome = new ConcurrentHashMap<>();
      for (String outcome : OUTCOMES) {
        byOutcome.put(
            outcome,
            Timer.builder("speechrate.stage.duration")
                .description("Wall time of the attempts of a stage")
                .tag("stage", stage.word())
                .tag("outcome", outcome)
                .register(meters));
      }
      durations.put(stage, byOutcome);
      rows.put(
          stage,
          Counter.builder("speechrate.stage.rows")
              .description("Rows of what a stage has made, reused outputs left out")
              .tag("stage", stage.word())
              .register(meters));
      gauge(meters, "speechrate.stage.running", "Attempts of a stage that are under way", Set::size)
          .accept(stage, attempts);
      gauge(
              meters,
              "speechrate.stage.progress.ratio",
              "Share of its work that a running stage has done, 0 where that is not known",
              all -> all.stream().mapToDouble(each -> each.share).min().orElse(0))
          .accept(stage, attempts);
      gauge(
              meters,
              "speechrate.stage.progress.timestamp.seconds",
              "When a running stage last moved on, the present time where none runs",
              all -> all.stream().mapToLong(each -> each.alive).min().orElseGet(millis) / MILLIS)
          .accept(stage, attempts);
    }
    epochs =
        Timer.builder("speechrate.training.epoch")
            .description("Wall time of the epochs of all trainings")
            .register(meters);
    samples =
        Counter.builder("speechrate.training.samples")
            .description("Utterances that networks were trained on, each once an epoch")
            .register(meters);
    loss(meters, "train", EpochLoss::trainMse);
    loss(meters, "dev", EpochLoss::devMse);
    Set<Attempt> trainings = running.get(Stage.TRAINING);
    Gauge.builder(
            "speechrate.checkpoint.timestamp.seconds",
            trainings,
            all -> all.stream().mapToLong(each -> each.saved).min().orElseGet(millis) / MILLIS)
        .description(
            "When the running training last wrote a checkpoint, or began; the present time where"
                + " none runs")
        .register(meters);
  }

  private interface OfStage {
    void accept(Stage stage, Set<Attempt> attempts);
  }

  private static OfStage gauge(
      MeterRegistry meters, String name, String description, ToDoubleFunction<Set<Attempt>> value) {
    return (stage, attempts) ->
        Gauge.builder(name, attempts, value)
            .description(description)
            .tag("stage", stage.word())
            .strongReference(true)
            .register(meters);
  }

  private void loss(MeterRegistry meters, String split, ToDoubleFunction<EpochLoss> value) {
    Gauge.builder(
            "speechrate.training.loss",
            this,
            all -> {
              EpochLoss newest = all.loss;
              return newest == null ? Double.NaN : value.applyAsDouble(newest);
            })
        .description("MSE of the running training's newest epoch, NaN where none runs")
        .tag("split", split)
        .strongReference(true)
        .register(meters);
  }

  /** Whether an attempt of it is under way. */
  public boolean isRunning(Stage stage) {
    return !running.get(stage).isEmpty();
  }

  /** An attempt of a stage begins. */
  public Attempt begin(Stage stage) {
    Attempt attempt = new Attempt(stage);
    running.get(stage).add(attempt);
    return attempt;
  }

  /** One attempt of a stage, from its beginning to its end. */
  public final class Attempt {
    private final Stage stage;
    private final long beganNanos = System.nanoTime();
    private volatile long alive = millis.getAsLong();
    private volatile long saved = alive;
    private volatile double share;

    private Attempt(Stage stage) {
      this.stage = stage;
    }

    /** The stage's own thread still works. */
    public void alive() {
      alive = millis.getAsLong();
    }

    /**
     * @param total 0 where it is not known
     */
    public void progress(long done, long total) {
      alive();
      share = total > 0 ? Math.min(1, (double) done / total) : 0;
    }

    public void checkpointWritten() {
      alive();
      saved = alive;
    }

    /**
     * @param trainedOn samples of the epoch
     */
    public void epochEnded(Duration took, long trainedOn, EpochLoss newest) {
      alive();
      epochs.record(took);
      samples.increment((double) trainedOn);
      loss = newest;
    }

    /**
     * @param made rows of its output; 0 where it has made none
     * @return its wall time
     */
    public Duration end(String outcome, long made) {
      Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
      running.get(stage).remove(this);
      durations.get(stage).get(outcome).record(took);
      rows.get(stage).increment((double) made);
      if (stage == Stage.TRAINING && running.get(stage).isEmpty()) {
        loss = null;
      }
      return took;
    }
  }
}
