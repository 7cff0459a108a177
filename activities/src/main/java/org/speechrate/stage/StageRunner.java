package org.speechrate.stage;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.activity.ActivityInfo;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.FailureLine;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.training.TrainingResult;
import org.speechrate.store.Workspace;
import org.speechrate.table.Problems;

/**
 * What all activities do around their stage's own classes: check the workspace, heartbeat, report
 * progress, log one line at the start and one at the end, time it, and turn a {@link Refusal} into
 * a failure that is not retried.
 */
public final class StageRunner {
  private static final Logger log = LoggerFactory.getLogger(StageRunner.class);

  /** Zero would mean the usual delay. */
  private static final Duration AT_ONCE = Duration.ofMillis(1);

  /** Temporal shows some 2,000 characters of a pending activity's failure. */
  private static final int LONGEST_LINE = 1000;

  private final Workspace workspace;
  private final StageMetrics metrics;
  private final boolean inTemporal;

  public StageRunner(Workspace workspace, StageMetrics metrics) {
    this(workspace, metrics, true);
  }

  private StageRunner(Workspace workspace, StageMetrics metrics, boolean inTemporal) {
    this.workspace = workspace;
    this.metrics = metrics;
    this.inTemporal = inTemporal;
  }

  /**
   * For measurements: stages run in the caller's thread, where no Temporal is, tell nobody how far
   * they are, and throw their {@link Refusal} as it is.
   */
  public static StageRunner withoutTemporal(Workspace workspace) {
    return new StageRunner(workspace, new StageMetrics(new CompositeMeterRegistry()), false);
  }

  /** A stage's own classes at work. */
  public interface Body<R> {
    R run(StageMonitor monitor) throws IOException;
  }

  /**
   * Runs a stage inside a Temporal activity.
   *
   * @param workspaceId of the workspace that the run belongs to
   */
  public <R> R run(Stage stage, String workspaceId, Body<R> body) {
    if (!inTemporal) {
      try {
        return body.run(StageMonitor.silent());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    ActivityExecutionContext context = Activity.getExecutionContext();
    ActivityInfo info = context.getInfo();
    log.info(
        "{} begins: run {}, attempt {}", stage.word(), info.getWorkflowId(), info.getAttempt());
    StageMetrics.Attempt attempt = metrics.begin(stage);
    String outcome = "failed";
    long rows = 0;
    try (ActivityMonitor monitor = new ActivityMonitor(stage, context, workspace, attempt)) {
      workspace.requireOwn(workspaceId);
      try {
        R result = body.run(monitor);
        outcome = outcome(result);
        rows = rows(result);
        return result;
      } catch (IOException | ActivityMonitor.Stopped e) {
        if (monitor.workerLeaving()) {
          outcome = "stopped";
          throw handedOver(e);
        }
        throw e;
      }
    } catch (Refusal refusal) {
      outcome = "refused";
      throw refused(refusal);
    } catch (ActivityMonitor.Stopped stopped) {
      outcome = "stopped";
      throw stopped.why();
    } catch (IOException e) {
      throw tryAgain(e);
    } catch (UncheckedIOException e) {
      throw tryAgain(e.getCause());
    } finally {
      Duration took = attempt.end(outcome, rows);
      log.info(
          "{} ends: run {}, {} after {} s",
          stage.word(),
          info.getWorkflowId(),
          outcome,
          String.format(Locale.ROOT, "%.2f", took.toMillis() / 1000.0));
    }
  }

  private static String outcome(Object result) {
    if (result instanceof TrainingResult training) {
      return training.finished().map(StageRunner::outcome).orElse("stopped");
    }
    return result instanceof StageResult<?> made && made.reused() ? "reused" : "done";
  }

  /** That the attempt has made. */
  private static long rows(Object result) {
    if (result instanceof TrainingResult training) {
      return training.finished().map(StageRunner::rows).orElse(0L);
    }
    return result instanceof StageResult<?> made && !made.reused() ? made.artifact().rows() : 0;
  }

  /** Nothing is wrong, so another worker need not wait until it tries. */
  private static ApplicationFailure handedOver(Exception why) {
    return ApplicationFailure.newBuilder()
        .setMessage("the worker is leaving; another one goes on")
        .setType("WORKER_LEAVING")
        .setCause(why)
        .setNextRetryDelay(AT_ONCE)
        .build();
  }

  /**
   * What a retry may cure, in one line: Temporal cuts long failures down to nothing, and the worker
   * logs each attempt's.
   */
  public static ApplicationFailure tryAgain(IOException why) {
    log.debug("the stage may be tried again", why);
    String message =
        why.getClass() == IOException.class && why.getMessage() != null
            ? why.getMessage()
            : why.toString();
    ApplicationFailure failure =
        ApplicationFailure.newFailure(
            Problems.oneLine(message.substring(0, Math.min(message.length(), LONGEST_LINE))),
            why.getClass().getName());
    failure.setStackTrace(new StackTraceElement[0]);
    return failure;
  }

  /** The failure that Temporal shows: one line, of the refusal's kind, never retried. */
  public static ApplicationFailure refused(Refusal refusal) {
    return FailureLine.failure(refusal.getMessage(), refusal.kind().name());
  }
}
