package org.speechrate.run;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;

/** What a worker tells Prometheus of runs that have ended. */
final class RunMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(RunMetrics.class);

  private static final double MILLIS = 1000;

  private final Map<String, Counter> runs;
  private final Map<String, Counter> refusals;
  private final AtomicLong lastSuccess = new AtomicLong();

  RunMetrics(MeterRegistry meters) {
    runs =
        Stream.of("completed", "failed", "cancelled")
            .collect(
                Collectors.toMap(
                    outcome -> outcome,
                    outcome ->
                        Counter.builder("speechrate.runs")
                            .description("Runs that have ended")
                            .tag("outcome", outcome)
                            .register(meters)));
    refusals =
        Stream.of(Refusal.Kind.values())
            .collect(
                Collectors.toMap(
                    Enum::name,
                    kind ->
                        Counter.builder("speechrate.refusals")
                            .description("Runs that failed by what no retry can cure")
                            .tag("kind", kind.name())
                            .register(meters)));
    Gauge.builder(
            "speechrate.last.success.timestamp.seconds", lastSuccess, last -> last.get() / MILLIS)
        .description("When a training or a sweep last completed, 0 where none has")
        .strongReference(true)
        .register(meters);
  }

  /** Learns of runs from before this worker, in a thread of its own: there may be thousands. */
  CompletableFuture<Void> readEarlier(RunFiles files) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            files.all().forEach(run -> succeeded(run).ifPresent(this::raise));
          } catch (IOException e) {
            LOG.warn("metrics do not know when a run last succeeded: {}", e.getMessage());
          }
        });
  }

  /** A run has ended here. */
  void ended(RunRecord run) {
    Optional.ofNullable(runs.get(run.outcome())).ifPresent(Counter::increment);
    run.kind().map(refusals::get).ifPresent(Counter::increment);
    succeeded(run).ifPresent(this::raise);
  }

  private void raise(Instant ended) {
    lastSuccess.accumulateAndGet(ended.toEpochMilli(), Math::max);
  }

  /** When; a gate's no, and a night without new data, are successes too. */
  private static Optional<Instant> succeeded(RunRecord run) {
    try {
      return run.outcome().equals("completed") && run.publishing().isPresent()
          ? Optional.of(Instant.parse(run.ended()))
          : Optional.empty();
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
