package org.speechrate.pipeline;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.speechrate.pipeline.sweep.Leaderboard;
import org.speechrate.pipeline.sweep.LeaderboardRow;

/**
 * A run's Current Details in the Temporal UI: GitHub Markdown, with inline SVG, but no scripts,
 * styles or outside pictures, which the UI blocks.
 */
final class ProgressPage {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 160;
  private static final int MARGIN = 8;

  /** Of a sweep's leaderboard; its file has all of them. */
  private static final int MOST_ROWS = 20;

  private static final int MOST_FAILURES = 5;

  /**
   * No-break spaces: the UI draws no padding, so a column's text would run into the next one's. It
   * shows character references as they are written, so these are the characters themselves.
   */
  static final String GAP = "\u00a0\u00a0";

  private ProgressPage() {}

  /** The best rows of a sweep, how many there are of each kind, and why some failed. */
  static String render(List<LeaderboardRow> rows) {
    List<String> columns = Leaderboard.columns(rows);
    StringBuilder page = new StringBuilder("\n| rank | dev MSE | epoch | state |");
    columns.forEach(column -> page.append(' ').append(escape(column)).append(" |"));
    page.append("\n| ---: | ---: | ---: | :--- |")
        .append(" :--- |".repeat(columns.size()))
        .append('\n');
    rows.stream()
        .filter(row -> row.rank().isPresent())
        .limit(MOST_ROWS)
        .forEach(
            row -> {
              page.append(
                  String.format(
                      Locale.ROOT,
                      "| %d | %.3f | %d | %s%s |",
                      row.rank().get(),
                      row.devMse().orElseThrow(),
                      row.keptEpoch(),
                      Leaderboard.word(row.state()),
                      GAP));
              columns.forEach(
                  column ->
                      page.append(' ')
                          .append(escape(Leaderboard.shown(row, column)))
                          .append(GAP)
                          .append(" |"));
              page.append('\n');
            });
    page.append('\n').append(Counts.of(rows.size(), "variant")).append(": ");
    page.append(Leaderboard.counts(rows)).append('\n');
    rows.stream()
        .filter(row -> row.failure().isPresent())
        .limit(MOST_FAILURES)
        .forEach(
            row ->
                page.append("\n- variant ")
                    .append(row.variant())
                    .append(" (")
                    .append(escape(row.choices().toString()))
                    .append(") failed: ")
                    .append(escape(row.failure().get())));
    return page.append('\n').toString();
  }

  static String render(
      String headline,
      List<StageState> stages,
      Optional<StageProgress> running,
      List<EpochLoss> curve) {
    StringBuilder page = new StringBuilder();
    page.append("**").append(escape(headline)).append("**\n\n");
    page.append("| stage | state | what | seconds |\n| :--- | :--- | :--- | ---: |\n");
    for (StageState state : stages) {
      boolean isRunning = state.state() == StageState.State.RUNNING;
      page.append("| ")
          .append(state.stage().word())
          .append(GAP)
          .append(" | ")
          .append(mark(state.state()))
          .append(GAP)
          .append(" | ")
          .append(
              escape(
                  isRunning
                      ? running
                          .map(StageProgress::text)
                          .orElse("just begun, or waiting for a worker")
                      : state.text()))
          .append(" | ")
          .append(state.seconds() == 0 ? "" : String.format(Locale.ROOT, "%.1f", state.seconds()))
          .append(" |\n");
    }
    running
        .filter(progress -> progress.total() > 0)
        .ifPresent(
            progress ->
                page.append(
                    String.format(
                        Locale.ROOT,
                        "%n<progress value=\"%d\" max=\"%d\"></progress> %.0f %%%n",
                        progress.done(),
                        progress.total(),
                        100.0 * progress.done() / progress.total())));
    if (curve.size() > 1) {
      page.append('\n').append(chart(curve)).append("\n\n").append(lastLosses(curve)).append('\n');
    }
    return page.toString();
  }

  /** Where the report is; the UI opens no files. */
  static String report(String path) {
    return "\nReport: "
        + escape(path)
        + " (on the workspace's machine, `deploy/speechrate report` with this run's ID opens it)\n";
  }

  private static String mark(StageState.State state) {
    return switch (state) {
      case WAITING -> "waiting";
      case RUNNING -> "**running**";
      case PAUSED -> "**paused**";
      case DONE -> "done";
      case REUSED -> "reused";
      case SKIPPED -> "skipped";
      case FAILED -> "**failed**";
      case CANCELLED -> "**cancelled**";
    };
  }

  private static String lastLosses(List<EpochLoss> curve) {
    EpochLoss last = curve.get(curve.size() - 1);
    return String.format(
        Locale.ROOT,
        "epoch %d: train MSE %.3f, dev MSE %.3f (letters/s)²; grey: train, orange: dev, logarithmic",
        last.epoch(),
        last.trainMse(),
        last.devMse());
  }

  private static String chart(List<EpochLoss> curve) {
    double lowest =
        curve.stream()
            .mapToDouble(loss -> Math.min(log(loss.trainMse()), log(loss.devMse())))
            .min()
            .orElse(0);
    double highest =
        curve.stream()
            .mapToDouble(loss -> Math.max(log(loss.trainMse()), log(loss.devMse())))
            .max()
            .orElse(1);
    return String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%%\" viewBox=\"0 0 %d %d\" role=\"img\">"
                + "<title>MSE by epoch</title>",
            WIDTH,
            HEIGHT)
        + line(curve, EpochLoss::trainMse, "#8a8a8a", lowest, highest)
        + line(curve, EpochLoss::devMse, "#e07b00", lowest, highest)
        + "</svg>";
  }

  private static String line(
      List<EpochLoss> curve,
      ToDoubleFunction<EpochLoss> loss,
      String colour,
      double lowest,
      double highest) {
    int first = curve.get(0).epoch();
    int epochs = Math.max(1, curve.get(curve.size() - 1).epoch() - first);
    double range = Math.max(1e-9, highest - lowest);
    String points =
        curve.stream()
            .map(
                at ->
                    String.format(
                        Locale.ROOT,
                        "%.1f,%.1f",
                        MARGIN + (WIDTH - 2.0 * MARGIN) * (at.epoch() - first) / epochs,
                        MARGIN
                            + (HEIGHT - 2.0 * MARGIN)
                                * (highest - log(loss.applyAsDouble(at)))
                                / range))
            .collect(Collectors.joining(" "));
    return "<polyline fill=\"none\" stroke=\""
        + colour
        + "\" stroke-width=\"2\" points=\""
        + points
        + "\"/>";
  }

  private static double log(double mse) {
    return Math.log(Math.max(mse, 1e-6));
  }

  /**
   * Users' names may hold anything; on this page they are text. By backslashes, as the UI shows
   * character references as they are written; dashes too, of which it makes typographic ones.
   */
  static String escape(String text) {
    return text.replaceAll("[\\\\<>&|\\[*_`~-]", "\\\\$0").replaceAll("\\R", " ");
  }
}
