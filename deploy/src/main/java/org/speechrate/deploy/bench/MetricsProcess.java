package org.speechrate.deploy.bench;

import com.sun.management.OperatingSystemMXBean;
import com.uber.m3.tally.Scope;
import com.uber.m3.tally.ScopeCloseException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.speechrate.deploy.MetricsEndpoint;
import org.speechrate.deploy.WorkerAssembly;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.stage.SilentMonitor;
import org.speechrate.stage.StageMetrics;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;

/** The process that trains by turns with and without metrics; prints the seconds of each. */
final class MetricsProcess {
  /** Of the SDK, as a worker has that has run each kind of stage. */
  private static final int OPERATIONS = 60;

  /** A worker lives for days; by then Java has compiled what runs. */
  private static final int WARM_UPS = 3;

  private static final Duration SCRAPE_INTERVAL = Duration.ofSeconds(1);
  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final TrainingProcess trainings;
  private final MetricsEndpoint endpoint;
  private final StageMetrics metrics;
  private final Map<String, List<Double>> seconds = new LinkedHashMap<>();
  private final AtomicInteger scrapes = new AtomicInteger();

  private MetricsProcess(TrainingProcess trainings, MetricsEndpoint endpoint) {
    this.trainings = trainings;
    this.endpoint = endpoint;
    metrics = new StageMetrics(endpoint.registry());
  }

  /**
   * @param args folder of the inputs, folder of the store, epochs, trainings of each way
   */
  public static void main(String[] args) {
    try (MetricsEndpoint endpoint = new MetricsEndpoint(MetricsEndpoint.ANYWHERE)) {
      StageProcess stages = new StageProcess(Path.of(args[1]), Path.of(args[0]).toRealPath());
      MetricsProcess process =
          new MetricsProcess(new TrainingProcess(stages, Integer.parseInt(args[2])), endpoint);
      for (int i = 0; i < WARM_UPS; i++) {
        process.without();
        process.with();
      }
      process.seconds.clear();
      for (int i = 0; i < Integer.parseInt(args[3]); i++) {
        // Which is first alternates: a machine that slows down does so for both.
        if (i % 2 == 0) {
          process.without();
          process.with();
        } else {
          process.with();
          process.without();
        }
      }
      Map<String, Object> told = new LinkedHashMap<>(process.seconds);
      told.put("scrapes", process.scrapes.get());
      told.put(
          "series",
          new String(process.scrape(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .count());
      System.out.write(Json.write(told));
      System.out.flush();
    } catch (Refusal | IOException | ScopeCloseException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private void without() throws IOException {
    timed("without", new SilentMonitor());
  }

  private void with() throws IOException, ScopeCloseException {
    StageMetrics.Attempt attempt = metrics.begin(Stage.TRAINING);
    ScheduledExecutorService prometheus = Executors.newSingleThreadScheduledExecutor();
    try (Scope scope = WorkerAssembly.metricsScope(endpoint.registry())) {
      for (int i = 0; i < OPERATIONS; i++) {
        Scope operation = scope.tagged(Map.of("operation", "Operation" + i));
        operation.counter("temporal_request").inc(1);
        operation.timer("temporal_request_latency").record(com.uber.m3.util.Duration.ofMillis(i));
      }
      var unused =
          prometheus.scheduleAtFixedRate(
              this::scrape,
              SCRAPE_INTERVAL.toMillis() / 2,
              SCRAPE_INTERVAL.toMillis(),
              TimeUnit.MILLISECONDS);
      timed("with", new Counting(attempt));
    } finally {
      prometheus.shutdownNow();
      attempt.end("done", 0);
    }
  }

  private void timed(String way, StageMonitor monitor) throws IOException {
    long began = System.nanoTime();
    long cpuBegan = PROCESS.getProcessCpuTime();
    var unused = trainings.train(0, monitor);
    long cpu = PROCESS.getProcessCpuTime() - cpuBegan;
    long wall = System.nanoTime() - began;
    seconds.computeIfAbsent(way, name -> new ArrayList<>()).add(wall / 1e9);
    seconds.computeIfAbsent(way + "Cpu", name -> new ArrayList<>()).add(cpu / 1e9);
  }

  /** Without a client's own work, which is no part of a worker's. */
  private byte[] scrape() {
    try (InputStream text = URI.create(endpoint.address()).toURL().openStream()) {
      byte[] read = text.readAllBytes();
      scrapes.incrementAndGet();
      return read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Counts what a worker's monitor counts. */
  private static final class Counting extends SilentMonitor {
    private final StageMetrics.Attempt attempt;

    Counting(StageMetrics.Attempt attempt) {
      this.attempt = attempt;
    }

    @Override
    public void progress(String text, long done, long total, List<EpochLoss> losses) {
      attempt.progress(done, total);
    }

    @Override
    public void epochEnded(Duration took, long samples, EpochLoss loss) {
      attempt.epochEnded(took, samples, loss);
    }

    @Override
    public void checkpointWritten() {
      attempt.checkpointWritten();
    }

    @Override
    public boolean stopRequested() {
      attempt.alive();
      return false;
    }
  }
}
