package org.speechrate.deploy;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.speechrate.pipeline.RunProgress;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.pipeline.StageState;

/** How far a run is: a bar on a terminal, else a line now and then. */
final class ProgressView implements AutoCloseable {
  /** Steps of the bar per stage, so that it also moves within one. */
  private static final int STEPS = 100;

  /** Often enough to see life in a CI's log, seldom enough to read it. */
  private static final Duration LINE_PAUSE = Duration.ofSeconds(10);

  private static final int REDRAW_MILLIS = 250;

  private final Terminal terminal;
  private final Map<Stage, StageState.State> told = new EnumMap<>(Stage.class);
  private ProgressBar bar;
  private boolean closed;
  private Instant lastLine = Instant.EPOCH;

  ProgressView(Terminal terminal) {
    this.terminal = terminal;
  }

  synchronized void show(RunProgress progress) {
    if (closed) {
      return;
    }
    if (terminal.live()) {
      drawBar(progress);
    } else {
      printLines(progress);
    }
  }

  /** A line of its own, above the bar. */
  synchronized void tell(String text) {
    if (closed) {
      return;
    }
    if (bar != null) {
      terminal.err().print("\r\u001b[K");
    }
    line(text);
  }

  private void drawBar(RunProgress progress) {
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("run")
              .setInitialMax((long) STEPS * progress.stages().size())
              .setStyle(ProgressBarStyle.UNICODE_BLOCK)
              .setUpdateIntervalMillis(REDRAW_MILLIS)
              .hideEta()
              .setConsumer(new ConsoleProgressBarConsumer(terminal.err(), terminal.columns() - 1))
              .build();
    }
    bar.stepTo(steps(progress));
    bar.setExtraMessage(" " + now(progress));
  }

  static long steps(RunProgress progress) {
    long ended =
        progress.stages().stream()
            .filter(
                stage ->
                    stage.state() != StageState.State.WAITING
                        && stage.state() != StageState.State.RUNNING
                        && stage.state() != StageState.State.PAUSED)
            .count();
    long within =
        progress
            .running()
            .filter(running -> running.total() > 0)
            .map(running -> Math.min(STEPS, STEPS * running.done() / running.total()))
            .orElse(0L);
    return Math.min((long) STEPS * progress.stages().size(), ended * STEPS + within);
  }

  private static String now(RunProgress progress) {
    return progress
        .running()
        .map(StageProgress::text)
        .orElseGet(
            () ->
                progress.stages().stream()
                    .filter(
                        stage ->
                            stage.state() == StageState.State.RUNNING
                                || stage.state() == StageState.State.PAUSED)
                    .map(
                        stage ->
                            stage.state() == StageState.State.PAUSED
                                ? stage.stage().word() + " paused " + stage.text()
                                : stage.stage().word())
                    .findFirst()
                    .orElse(""));
  }

  private void printLines(RunProgress progress) {
    for (StageState stage : progress.stages()) {
      StageState.State before = told.put(stage.stage(), stage.state());
      if (before != stage.state() && stage.state() != StageState.State.WAITING) {
        line(
            String.format(
                "%-12s%-10s%s",
                stage.stage().word(), stage.state().name().toLowerCase(Locale.ROOT), stage.text()));
      }
    }
    if (progress.running().isPresent()
        && Duration.between(lastLine, Instant.now()).compareTo(LINE_PAUSE) >= 0) {
      line(
          String.format(
              "%-12s%-10s%s",
              progress.running().get().stage().word(), "", progress.running().get().text()));
    }
  }

  private void line(String text) {
    terminal.say(text.stripTrailing());
    lastLine = Instant.now();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
