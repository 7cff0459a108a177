package org.speechrate.notebook;

import io.grpc.Status;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowServiceException;
import io.temporal.client.WorkflowUpdateException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunProgress;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.pipeline.StageState;

/**
 * One run, as a cell handles it.
 *
 * @param <R> what it returns: {@code RunResult} of {@code Train}, {@code SweepResult}, {@code
 *     ProbeResult} or {@code PredictResult}
 */
public final class NotebookRun<R> {
  /** Often enough to look alive; a query costs the worker a millisecond. */
  private static final Duration REDRAW = Duration.ofSeconds(1);

  /** A restarted dev server answers again after seconds. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /**
   * What passes by itself: a server that is restarted, and one whose machine is so busy that it
   * does not get round to answering within {@link #REDRAW}.
   */
  private static final Set<Status.Code> PASSING =
      Set.of(
          Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED, Status.Code.RESOURCE_EXHAUSTED);

  private static final int BAR_WIDTH = 20;

  private static final String NO_WORKER =
      "no worker answers; is one running? (deploy/speechrate worker)";

  private final RunHandle handle;
  private final Class<R> type;
  private final BinaryOperator<String> pages;
  private final Supplier<ProgressLine> lines;
  private final Duration patience;

  /**
   * @param type of the run's result
   * @param pages from workflow id and run id to the address of the run's page
   * @param lines a new line for each cell that waits
   */
  NotebookRun(
      RunHandle handle, Class<R> type, BinaryOperator<String> pages, Supplier<ProgressLine> lines) {
    this(handle, type, pages, lines, PATIENCE);
  }

  /**
   * @param patience how long {@link #await()} bears a server that does not answer
   */
  NotebookRun(
      RunHandle handle,
      Class<R> type,
      BinaryOperator<String> pages,
      Supplier<ProgressLine> lines,
      Duration patience) {
    this.handle = handle;
    this.type = type;
    this.pages = pages;
    this.lines = lines;
    this.patience = patience;
  }

  public String workflowId() {
    return handle.workflowId();
  }

  public String runId() {
    return handle.runId();
  }

  /** Address of the run's page in the Temporal UI. */
  public String page() {
    return pages.apply(handle.workflowId(), handle.runId());
  }

  /**
   * Waits for the end, and shows in one line how far the run is. A cell that is interrupted leaves
   * the run alone: await it again, or {@link #cancel()} it.
   *
   * @throws NotebookException if the run fails; the message is the run's own line
   */
  public R await() {
    return follow(false).orElseThrow();
  }

  /**
   * Waits like {@link #await()}, but no longer than until the run waits for {@link #approve} or
   * {@link #reject}.
   *
   * @return whether it waits for them; false where it has ended
   * @throws NotebookException if the run fails; the message is the run's own line
   */
  public boolean awaitApproval() {
    return follow(true).isEmpty();
  }

  private Optional<R> follow(boolean toApproval) {
    ProgressLine line = lines.get();
    long start = System.nanoTime();
    long answered = start;
    line.show("waiting for a worker");
    try {
      while (true) {
        try {
          R result = handle.result(REDRAW, type);
          line.show("completed after " + seconds(start) + " s");
          return Optional.of(result);
        } catch (TimeoutException e) {
          answered = System.nanoTime();
          if (toApproval && handle.outcome().equals("waiting for approval")) {
            line.show("waiting for approval after " + seconds(start) + " s");
            return Optional.empty();
          }
          line.show(progressText() + ", " + seconds(start) + " s");
        } catch (WorkflowServiceException e) {
          Status.Code code = Status.fromThrowable(e).getCode();
          if (!PASSING.contains(code) || System.nanoTime() - answered > patience.toNanos()) {
            throw lost(e);
          }
          line.show("no answer from the server (" + code + "), " + seconds(start) + " s");
        }
      }
    } catch (RunFailure e) {
      line.show("ended without a result after " + seconds(start) + " s: " + page());
      throw failed(e);
    }
  }

  /**
   * Waits for the end in silence.
   *
   * @throws NotebookException if the run fails; the message is the run's own line
   */
  public R result() {
    try {
      return handle.result(type);
    } catch (RunFailure e) {
      throw failed(e);
    } catch (WorkflowServiceException e) {
      throw lost(e);
    }
  }

  /**
   * Ends training, also a paused one, with the best weights so far; the run then goes on to
   * evaluation.
   *
   * @return what happens now, in one sentence
   * @throws NotebookException if the run is not training, or no worker runs
   */
  public String stopEarly() {
    return update("stop early", handle::stopEarly);
  }

  /**
   * Holds the run until {@link #resume()}: in training after the epoch in hand, else before the
   * next stage.
   *
   * @return what happens now, in one sentence
   * @throws NotebookException if its training has ended, or no worker runs
   */
  public String pause() {
    return update("pause", handle::pause);
  }

  /**
   * Lets a paused run go on where it stands.
   *
   * @return what happens now, in one sentence
   * @throws NotebookException if the run is not paused, or no worker runs
   */
  public String resume() {
    return update("resume", handle::resume);
  }

  /**
   * Lets a run that waits for approval publish its model.
   *
   * @param who you are; it stands in the model's provenance
   * @param comment may be blank
   * @return what happens now, in one sentence
   * @throws NotebookException if the run waits for no approval, or no worker runs
   */
  public String approve(String who, String comment) {
    return update("approve", () -> handle.approve(who, comment));
  }

  /**
   * Ends a run that waits for approval; nothing is published.
   *
   * @param who you are
   * @return what happens now, in one sentence
   * @throws NotebookException if the run waits for no approval, or no worker runs
   */
  public String reject(String who, String reason) {
    return update("reject", () -> handle.reject(who, reason));
  }

  private String update(String what, Supplier<String> request) {
    String cannot = "cannot " + what + ": ";
    if (type != RunResult.class) {
      throw new NotebookException(cannot + "only a run of Train can; cancel() ends this one");
    }
    if (!handle.isRunning()) {
      throw new NotebookException(cannot + "the run has ended");
    }
    try {
      // Without a worker an update waits for ever; a query gives up.
      handle.progress();
    } catch (WorkflowServiceException e) {
      throw new NotebookException(cannot + NO_WORKER, e);
    }
    try {
      return request.get();
    } catch (WorkflowUpdateException e) {
      String why =
          e.getCause() instanceof io.temporal.failure.ApplicationFailure failure
              ? failure.getOriginalMessage()
              : e.getMessage();
      throw new NotebookException(cannot + Speechrate.firstLine(why), e);
    } catch (WorkflowException e) {
      throw new NotebookException(cannot + Speechrate.firstLine(e.getMessage()), e);
    }
  }

  /**
   * Asks the run to end; nothing is published.
   *
   * @throws NotebookException if it has ended, or no server answers
   */
  public void cancel() {
    try {
      handle.cancel();
    } catch (WorkflowNotFoundException e) {
      throw new NotebookException("cannot cancel: the run has ended", e);
    } catch (WorkflowException e) {
      throw new NotebookException("cannot cancel: " + Speechrate.firstLine(e.getMessage()), e);
    }
  }

  /** The stages as they stand, also of a run that has ended. */
  List<StageState> stages() {
    try {
      return handle.progress().stages();
    } catch (WorkflowException e) {
      throw new NotebookException("cannot ask the run for its stages: " + NO_WORKER, e);
    }
  }

  String progressText() {
    try {
      return text(handle.progress());
    } catch (WorkflowServiceException e) {
      return NO_WORKER;
    }
  }

  /** Such as {@code training (5 of 7) [#####...............] epoch 25 of 100, dev MSE 2.91}. */
  static String text(RunProgress progress) {
    int stages = progress.stages().size();
    for (int i = 0; i < stages; i++) {
      StageState state = progress.stages().get(i);
      if (state.state() == StageState.State.PAUSED) {
        return String.format(
            "%s (%d of %d) paused %s", state.stage().word(), i + 1, stages, state.text());
      }
      if (state.state() == StageState.State.RUNNING) {
        Optional<StageProgress> report =
            progress.running().filter(running -> running.stage() == state.stage());
        return String.format(
            "%s (%d of %d)%s%s",
            state.stage().word(),
            i + 1,
            stages,
            report.filter(known -> known.total() > 0).map(NotebookRun::bar).orElse(""),
            report.map(StageProgress::text).filter(t -> !t.isBlank()).map(t -> " " + t).orElse(""));
      }
    }
    long ended =
        progress.stages().stream()
            .filter(state -> state.state() != StageState.State.WAITING)
            .count();
    return String.format("%d of %d stages done", ended, stages);
  }

  private static String bar(StageProgress report) {
    int full = (int) Math.min(BAR_WIDTH, BAR_WIDTH * report.done() / report.total());
    return " [" + "#".repeat(full) + ".".repeat(BAR_WIDTH - full) + "]";
  }

  private static String seconds(long startNanos) {
    return String.format(Locale.ROOT, "%.1f", (System.nanoTime() - startNanos) / 1e9);
  }

  private static NotebookException failed(RunFailure e) {
    return new NotebookException(Speechrate.firstLine(e.getMessage()), e);
  }

  private static NotebookException lost(WorkflowServiceException e) {
    Throwable reason = e.getCause() == null ? e : e.getCause();
    return new NotebookException(
        "lost the server ("
            + Speechrate.firstLine(reason.getMessage())
            + "); the run goes on when it is back: await it again",
        e);
  }

  @Override
  public String toString() {
    return "run " + handle.workflowId() + ": " + page();
  }
}
