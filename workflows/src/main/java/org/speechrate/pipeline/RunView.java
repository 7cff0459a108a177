package org.speechrate.pipeline;

import io.temporal.failure.ActivityFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.speechrate.pipeline.StageState.State;

/** What a running workflow shows of itself: query {@code progress} and its Current Details. */
final class RunView {
  private final Logger log = Workflow.getLogger(RunView.class);
  private final StageTable table;

  private String headline = "";
  private boolean paused;
  private boolean awaitsApproval;
  private Optional<StageProgress> progress = Optional.empty();
  private List<EpochLoss> curve = List.of();

  /** What stands below the stages, as Markdown. */
  private String below = "";

  /** Of a run that has all stages of training. */
  RunView() {
    this(Stage.OF_TRAINING);
  }

  /**
   * @param stages that the run has
   */
  RunView(List<Stage> stages) {
    table = new StageTable(stages);
  }

  void headline(String text) {
    headline = text;
    show();
  }

  /** The run ends here: stages that still waited are not reached. */
  void fail(String text) {
    for (StageState state : table.states()) {
      if (state.state() == State.WAITING) {
        table.skip(state.stage(), "not reached");
      }
    }
    headline(text);
  }

  void skip(Stage stage, String why) {
    table.skip(stage, why);
    show();
  }

  void begin(Stage stage) {
    progress = Optional.empty();
    table.start(stage, Workflow.currentTimeMillis());
    show();
  }

  void end(Stage stage, State state, String text, Optional<Artifact> artifact) {
    progress = Optional.empty();
    table.end(stage, state, text, Workflow.currentTimeMillis(), artifact);
    log.info("{}: {}: {}", stage.word(), state, text);
    show();
  }

  /** Runs a stage, and shows how it ends. */
  <F extends StageFacts> StageResult<F> run(Stage stage, Supplier<StageResult<F>> work) {
    begin(stage);
    try {
      StageResult<F> result = work.get();
      end(
          stage,
          result.reused() ? State.REUSED : State.DONE,
          result.facts().summary(),
          Optional.of(result.artifact()));
      return result;
    } catch (ActivityFailure failure) {
      throw failed(stage, failure);
    } catch (CanceledFailure cancel) {
      end(stage, State.CANCELLED, cancel.getOriginalMessage(), Optional.empty());
      throw cancel;
    } catch (Refusal refusal) {
      end(stage, State.FAILED, refusal.getMessage(), Optional.empty());
      throw refusal;
    }
  }

  ActivityFailure failed(Stage stage, ActivityFailure failure) {
    boolean cancelled = TrainWorkflowImpl.isCancelled(failure);
    end(
        stage,
        cancelled ? State.CANCELLED : State.FAILED,
        cancelled ? "the run was cancelled" : FailureLine.of(failure),
        Optional.empty());
    return failure;
  }

  /** The run has been asked to pause, or to go on. */
  void paused(boolean now) {
    paused = now;
    show();
  }

  /**
   * The run stands still here.
   *
   * @param stage that was running, or comes next
   */
  void hold(Stage stage) {
    String where =
        progress
            .filter(report -> report.stage() == stage)
            .map(report -> "after " + report.text())
            .orElse("before it begins");
    hold(stage, where + "; `resume` goes on");
  }

  /**
   * The run stands still here.
   *
   * @param text for what, and what lets it go on
   */
  void hold(Stage stage, String text) {
    progress = Optional.empty();
    table.pause(stage, text, Workflow.currentTimeMillis());
    show();
  }

  /** Publishing waits for somebody's word. */
  void awaitApproval(String reason, long deadlineMillis) {
    awaitsApproval = true;
    hold(
        Stage.PUBLISHING,
        String.format(
            "until %s, for `approve` or `reject`; the gate says: %s",
            Instant.ofEpochMilli(deadlineMillis).truncatedTo(ChronoUnit.MINUTES), reason));
  }

  /**
   * @param state running, or waiting for its beginning
   */
  void goOn(Stage stage, State state) {
    awaitsApproval = false;
    table.goOn(stage, state, Workflow.currentTimeMillis());
    show();
  }

  /** A late report of a stage that has ended is of no use any more. */
  void report(StageProgress newest) {
    if (running().equals(Optional.of(newest.stage()))) {
      progress = Optional.of(newest);
      if (!newest.curve().isEmpty()) {
        curve = newest.curve();
      }
      show();
    }
  }

  void curve(List<EpochLoss> whole) {
    curve = whole;
    show();
  }

  void below(String markdown) {
    below = markdown;
    show();
  }

  Optional<Stage> running() {
    return table.running();
  }

  List<StageState> states() {
    return table.states();
  }

  RunProgress progress() {
    return new RunProgress(table.states(), progress);
  }

  private void show() {
    Workflow.setCurrentDetails(
        ProgressPage.render(
                (paused ? "paused: " : awaitsApproval ? "waiting for approval: " : "") + headline,
                table.states(),
                progress,
                curve)
            + below);
  }
}
