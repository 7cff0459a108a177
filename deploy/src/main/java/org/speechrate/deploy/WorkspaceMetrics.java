package org.speechrate.deploy;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.model.ModelFolder;
import org.speechrate.store.Json;

/**
 * What a worker tells Prometheus of the models in its workspace, which others may publish or
 * promote too, and of its GPUs; looked at every so often by a thread of its own, as a disk or a
 * driver may be slow to answer.
 */
final class WorkspaceMetrics implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WorkspaceMetrics.class);

  private static final Duration INTERVAL = Duration.ofSeconds(10);

  /** Names of models are the users': more than these, the newest, would be too many series. */
  private static final int MOST_MODELS = 20;

  private static final int MOST_GPUS = 64;
  private static final long ANSWER_SECONDS = 8;
  private static final double MEBIBYTE = 1 << 20;
  private static final double MILLIS = 1000;

  private final ModelFolder models;
  private final Optional<Path> nvidiaSmi;
  private final MultiGauge testMse;
  private final MultiGauge published;
  private final MultiGauge version;
  private final AtomicLong count = new AtomicLong();
  private final MultiGauge gpuUsed;
  private final MultiGauge gpuTotal;
  private final ScheduledExecutorService looker =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "workspace-metrics");
            thread.setDaemon(true);
            return thread;
          });

  /** A model's version to use. */
  private record Champion(String model, String version, Instant created, double testMse) {}

  /** The part of a provenance file that is shown. */
  record Provenance(String created, Evaluation evaluation) {
    record Evaluation(Map<String, Split> splits) {}

    record Split(Double mse) {}
  }

  /**
   * @param nvidiaSmi the driver's program that tells of GPUs, where there is one
   */
  WorkspaceMetrics(Path workspace, Optional<Path> nvidiaSmi, MeterRegistry meters) {
    models = new ModelFolder(workspace.resolve("models"));
    this.nvidiaSmi = nvidiaSmi;
    testMse =
        MultiGauge.builder("speechrate.published.test.mse")
            .description("Test MSE of each model's champion, in (letters/s)²")
            .register(meters);
    published =
        MultiGauge.builder("speechrate.published.timestamp.seconds")
            .description("When each model's champion was made")
            .register(meters);
    version =
        MultiGauge.builder("speechrate.published.version")
            .description("1, with the version of each model's champion")
            .register(meters);
    Gauge.builder("speechrate.published.models", count, AtomicLong::get)
        .description("Models that have a version")
        .strongReference(true)
        .register(meters);
    gpuUsed =
        MultiGauge.builder("speechrate.gpu.memory.used.bytes")
            .description("Memory of each GPU that is in use, by anybody")
            .register(meters);
    gpuTotal =
        MultiGauge.builder("speechrate.gpu.memory.total.bytes")
            .description("Memory of each GPU")
            .register(meters);
    // Ends with the executor; the look itself lets no exception out.
    var unused =
        looker.scheduleWithFixedDelay(this::look, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      models();
      if (nvidiaSmi.isPresent()) {
        gpus(nvidiaSmi.get());
      }
    } catch (IOException | RuntimeException e) {
      log.debug("metrics of models and GPUs stay as they are", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void models() throws IOException {
    List<Champion> champions = new ArrayList<>();
    List<String> names = models.names();
    for (String name : names) {
      try {
        champions.add(champion(name));
      } catch (IOException e) {
        log.debug("model {} is left out of the metrics", name, e);
      }
    }
    champions.sort(Comparator.comparing(Champion::created).reversed());
    List<Row<?>> mses = new ArrayList<>();
    List<Row<?>> times = new ArrayList<>();
    List<Row<?>> versions = new ArrayList<>();
    for (Champion champion : champions.subList(0, Math.min(MOST_MODELS, champions.size()))) {
      Tags model = Tags.of("model", champion.model());
      mses.add(Row.of(model, champion.testMse()));
      times.add(Row.of(model, champion.created().toEpochMilli() / MILLIS));
      versions.add(Row.of(model.and("version", champion.version()), 1));
    }
    testMse.register(mses, true);
    published.register(times, true);
    version.register(versions, true);
    count.set(names.size());
  }

  private Champion champion(String name) throws IOException {
    Path folder = models.resolve(name);
    Provenance provenance =
        Json.read(Files.readAllBytes(folder.resolve("provenance.json")), Provenance.class);
    Optional<Double> mse =
        Optional.ofNullable(provenance.evaluation())
            .map(Provenance.Evaluation::splits)
            .map(splits -> splits.get("test"))
            .map(Provenance.Split::mse);
    return new Champion(
        name, folder.getFileName().toString(), created(provenance, folder), mse.orElse(Double.NaN));
  }

  private static Instant created(Provenance provenance, Path folder) throws IOException {
    try {
      return Instant.parse(String.valueOf(provenance.created()));
    } catch (DateTimeParseException e) {
      return Files.getLastModifiedTime(folder).toInstant();
    }
  }

  private void gpus(Path program) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--query-gpu=index,memory.used,memory.total",
                "--format=csv,noheader,nounits")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      process.getOutputStream().close();
      List<Row<?>> used = new ArrayList<>();
      List<Row<?>> total = new ArrayList<>();
      if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(program + " does not answer");
      }
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      for (String line : said.lines().limit(MOST_GPUS).toList()) {
        String[] fields = line.split("\\s*,\\s*", -1);
        // A GPU that is partitioned, or has no memory of its own, tells "[N/A]".
        if (fields.length == 3 && fields[1].matches("\\d+") && fields[2].matches("\\d+")) {
          Tags gpu = Tags.of("gpu", fields[0].strip());
          used.add(Row.of(gpu, Long.parseLong(fields[1]) * MEBIBYTE));
          total.add(Row.of(gpu, Long.parseLong(fields[2]) * MEBIBYTE));
        }
      }
      gpuUsed.register(used, true);
      gpuTotal.register(total, true);
    } finally {
      process.destroyForcibly();
    }
  }

  @Override
  public void close() {
    looker.shutdownNow();
  }
}
