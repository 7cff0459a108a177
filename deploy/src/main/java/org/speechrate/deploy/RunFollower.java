package org.speechrate.deploy;

import io.grpc.StatusRuntimeException;
import io.temporal.client.WorkflowException;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunResult;

/** Waits for a run's end, showing how far it is and what holds it up. */
final class RunFollower {
  private static final Logger log = LoggerFactory.getLogger(RunFollower.class);

  /** Training reports at most every 2 s; short stages should still be seen. */
  private static final long LOOK_MILLIS = 400;

  /** A failed attempt stays to be seen until the next one ends: a second or more. */
  private static final int LOOKS_PER_NOTICE = 3;

  private final Lifetime lifetime;
  private final Terminal terminal;
  private final RunClient client;
  private final String farewell;
  private final StageNotices notices = new StageNotices();
  private int looks;

  /**
   * @param farewell what becomes of the run, said at once where this process is told to stop
   */
  RunFollower(Lifetime lifetime, Terminal terminal, RunClient client, String farewell) {
    this.lifetime = lifetime;
    this.terminal = terminal;
    this.client = client;
    this.farewell = farewell;
  }

  RunResult follow(RunHandle run) throws RunFailure, InterruptedException {
    return follow(run, RunResult.class);
  }

  /**
   * @param type the result's, by the run's type
   */
  <R> R follow(RunHandle run, Class<R> type) throws RunFailure, InterruptedException {
    FutureTask<R> end = new FutureTask<>(() -> run.result(type));
    Thread waiting = new Thread(end, "result of " + run.workflowId());
    waiting.setDaemon(true);
    waiting.start();
    try (ProgressView view = new ProgressView(terminal)) {
      lifetime.add(() -> leave(view)); // the newest, so it comes before the worker's long goodbye
      while (true) {
        try {
          R result = end.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
          look(run, view);
          return result;
        } catch (TimeoutException e) {
          look(run, view);
          notice(run, view);
        } catch (ExecutionException e) {
          look(run, view);
          if (e.getCause() instanceof RunFailure failure) {
            throw failure;
          }
          if (e.getCause() instanceof RuntimeException failure) {
            throw failure;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    }
  }

  private void leave(ProgressView view) {
    if (Lifetime.processEnds()) {
      view.close();
      terminal.say(farewell);
    }
  }

  /** A query needs a worker; without one there is just nothing new to show. */
  private static void look(RunHandle run, ProgressView view) {
    try {
      view.show(run.progress());
    } catch (WorkflowException | StatusRuntimeException e) {
      log.debug("no progress of {} just now: {}", run.workflowId(), e.toString());
    }
  }

  private void notice(RunHandle run, ProgressView view) {
    if (++looks % LOOKS_PER_NOTICE != 0) {
      return;
    }
    try {
      notices
          .news(run.pending(), Instant.now(), () -> client.otherTraining(run.workflowId()))
          .forEach(view::tell);
    } catch (WorkflowException | StatusRuntimeException e) {
      log.debug("{} cannot be described just now: {}", run.workflowId(), e.toString());
    }
  }
}
