package org.speechrate.stage;

import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCanceledException;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.ActivityWorkerShutdownException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Heartbeat;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.store.Workspace;

/**
 * Tells Temporal how far a stage is, from a thread of its own: heartbeats, which also bring
 * cancels, and now and then a signal, which the workflow turns into its page. A stage's own thread
 * only leaves the newest state here.
 */
final class ActivityMonitor implements StageMonitor, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ActivityMonitor.class);

  /** How soon a stage learns what the SDK knows; the SDK itself sends heartbeats more rarely. */
  private static final Duration TICK = Duration.ofMillis(200);

  /**
   * A heartbeat and a signal under way are let through; a server that is away is not waited for.
   */
  private static final Duration LAST_TICK = Duration.ofSeconds(2);

  /**
   * A signal costs four events of a history that should stay small; a stage that is tried again and
   * again sends ever fewer.
   */
  private static final Duration SIGNAL_INTERVAL = Duration.ofSeconds(2);

  private static final int MOST_SIGNALS = 200;

  /** Signals grow rarer as a stage grows older: a week-long training sends some 180 of them. */
  private static final double SIGNAL_INTERVAL_SHARE = 0.06;

  private final Stage stage;
  private final ActivityExecutionContext context;
  private final Workspace workspace;
  private final StageMetrics.Attempt metrics;
  private final ScheduledExecutorService ticker;
  private final long beganNanos = System.nanoTime();

  private volatile StageProgress newest;
  private volatile Optional<String> checkpoint;

  /** Why the stage is to stop; null while it may go on. */
  private volatile ActivityCompletionException stop;

  private volatile boolean runCancelled;

  private StageProgress signalled;
  private long signalledNanos = beganNanos;
  private int signals;

  /** Leaves a stage that has no state worth keeping, on its next report of progress. */
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ActivityCompletionException why;

    private Stopped(ActivityCompletionException why) {
      super(why);
      this.why = why;
    }

    ActivityCompletionException why() {
      return why;
    }
  }

  ActivityMonitor(
      Stage stage,
      ActivityExecutionContext context,
      Workspace workspace,
      StageMetrics.Attempt metrics) {
    this.stage = stage;
    this.context = context;
    this.workspace = workspace;
    this.metrics = metrics;
    this.newest = new StageProgress(stage, "begins", 0, 0, List.of());
    this.checkpoint =
        context.getLastHeartbeatDetails(Heartbeat.class).flatMap(Heartbeat::checkpoint);
    this.ticker =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "monitor-" + stage.word());
              thread.setDaemon(true);
              return thread;
            });
    // Ends with the executor; the tick itself lets no exception out.
    var unused =
        ticker.scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void progress(String text, long done, long total) {
    ActivityCompletionException why = stop;
    if (why != null) {
      throw new Stopped(why);
    }
    newest = new StageProgress(stage, text, done, total, List.of());
    metrics.progress(done, total);
  }

  @Override
  public void progress(String text, long done, long total, List<EpochLoss> losses) {
    newest = new StageProgress(stage, text, done, total, StageProgress.thin(losses));
    metrics.progress(done, total);
  }

  @Override
  public void progress(StageProgress now) {
    newest = now;
    metrics.progress(now.done(), now.total());
  }

  @Override
  public void epochEnded(Duration took, long samples, EpochLoss loss) {
    metrics.epochEnded(took, samples, loss);
  }

  @Override
  public void checkpointWritten() {
    metrics.checkpointWritten();
  }

  @Override
  public void checkpointed(Path file) {
    checkpoint = Optional.of(workspace.relative(file));
  }

  @Override
  public Optional<Path> earlierCheckpoint() {
    return checkpoint.map(workspace.root()::resolve).filter(Files::isRegularFile);
  }

  @Override
  public boolean stopRequested() {
    metrics.alive();
    return stop != null;
  }

  @Override
  public boolean runCancelled() {
    metrics.alive();
    return runCancelled;
  }

  @Override
  public boolean workerLeaving() {
    return stop instanceof ActivityWorkerShutdownException;
  }

  /** Not by the SDK's own heartbeat, which may wait before it is sent. */
  @Override
  public void requireCurrent() {
    try {
      context
          .getWorkflowClient()
          .newActivityCompletionClient()
          .heartbeat(context.getInfo().getTaskToken(), heartbeat());
    } catch (ActivityCompletionException e) {
      throw new Stopped(e);
    }
  }

  private Heartbeat heartbeat() {
    return new Heartbeat(newest.text(), checkpoint);
  }

  private void tick() {
    try {
      context.heartbeat(heartbeat());
    } catch (ActivityCompletionException e) {
      if (stop == null) {
        log.info("{} is to stop: {}", stage.word(), e.toString());
        runCancelled = e instanceof ActivityCanceledException && isRunCancelled();
      }
      stop = e;
    } catch (RuntimeException e) {
      log.debug("a heartbeat was lost; the next one comes soon", e);
    }
    signal();
  }

  /** A pause and an early stop cancel the activity alone. */
  private boolean isRunCancelled() {
    try {
      return run().describe().getRawDescription().getWorkflowExtendedInfo().getCancelRequested();
    } catch (RuntimeException e) {
      log.debug("nobody tells why the stage is to stop", e);
      return false;
    }
  }

  private WorkflowStub run() {
    return context
        .getWorkflowClient()
        .newUntypedWorkflowStub(
            WorkflowTargetOptions.newBuilder()
                .setWorkflowId(context.getInfo().getWorkflowId())
                .setRunId(context.getInfo().getWorkflowRunId())
                .build());
  }

  private void signal() {
    long now = System.nanoTime();
    double interval =
        Math.max(
            (double) SIGNAL_INTERVAL.toNanos() * context.getInfo().getAttempt(),
            SIGNAL_INTERVAL_SHARE * (now - beganNanos));
    if (newest.equals(signalled)
        || now - signalledNanos < interval
        || signals >= MOST_SIGNALS
        || stop != null) {
      return;
    }
    signalled = newest;
    signalledNanos = now;
    signals++;
    try {
      run().signal("reportProgress", signalled);
    } catch (RuntimeException e) {
      log.debug("a progress signal was lost; a later one tells more", e);
    }
  }

  @Override
  public void close() {
    ticker.shutdown();
    try {
      // An interrupted heartbeat would be logged as a lost one.
      if (!ticker.awaitTermination(LAST_TICK.toMillis(), TimeUnit.MILLISECONDS)) {
        ticker.shutdownNow();
      }
    } catch (InterruptedException e) {
      ticker.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
