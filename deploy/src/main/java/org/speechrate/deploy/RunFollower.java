package org.speechrate.deploy;

import io.grpc.StatusRuntimeException;
import io.temporal.client.WorkflowException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunResult;

/** Waits for a run's end, showing how far it is. */
final class RunFollower {
  private static final Logger log = LoggerFactory.getLogger(RunFollower.class);

  /** Training reports at most every 2 s; short stages should still be seen. */
  private static final long LOOK_MILLIS = 400;

  private RunFollower() {}

  static RunResult follow(RunHandle run, Terminal terminal)
      throws RunFailure, InterruptedException {
    FutureTask<RunResult> end = new FutureTask<>(run::result);
    Thread waiting = new Thread(end, "result of " + run.workflowId());
    waiting.setDaemon(true);
    waiting.start();
    try (ProgressView view = new ProgressView(terminal)) {
      while (true) {
        try {
          RunResult result = end.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
          look(run, view);
          return result;
        } catch (TimeoutException e) {
          look(run, view);
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

  /** A query needs a worker; without one there is just nothing new to show. */
  private static void look(RunHandle run, ProgressView view) {
    try {
      view.show(run.progress());
    } catch (WorkflowException | StatusRuntimeException e) {
      log.debug("no progress of {} just now", run.workflowId(), e);
    }
  }
}
