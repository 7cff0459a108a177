package org.speechrate.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerTable;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.sweep.Leaderboard;
import org.speechrate.pipeline.sweep.LeaderboardRow;
import org.speechrate.pipeline.sweep.SweepResult;
import org.speechrate.store.Json;

/** A run as people read it, and as programs do. */
final class ResultView {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int STATE_WIDTH = 9;

  /** Of a leaderboard. */
  private static final int MOST_ROWS = 20;

  private final Terminal terminal;

  ResultView(Terminal terminal) {
    this.terminal = terminal;
  }

  /** One JSON object, with two spaces' indentation. */
  static String json(Object value) {
    return new String(Json.write(value), StandardCharsets.UTF_8).strip();
  }

  /** What {@code train --json} prints for a run that has ended without a result. */
  static String json(RunHandle run, RunFailure failure) {
    return json(failureOf(run.workflowId(), run.runId(), failure.kind(), failure.getMessage()));
  }

  static JsonNode failureOf(String workflowId, String runId, String kind, String message) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("workflowId", workflowId);
    json.put("runId", runId);
    json.putObject("error").put("kind", kind).put("message", message);
    return json;
  }

  /** What {@code train --json} prints where no run was started. */
  static JsonNode refused(String kind, String message) {
    ObjectNode json = MAPPER.createObjectNode();
    json.putObject("error").put("kind", kind).put("message", message);
    return json;
  }

  /** What {@code train --json} prints for a run that goes on. */
  static JsonNode started(String workflowId, String runId, String page) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("workflowId", workflowId);
    json.put("runId", runId);
    json.put("state", "running");
    json.put("page", page);
    return json;
  }

  void print(RunResult result) {
    stages(result.stages());
    metrics(result.evaluation());
    terminal.out().println();
    terminal.out().println(terminal.bold(result.verdict()));
    result.report().ifPresent(report -> terminal.out().println("report " + report));
    String publishing = result.publishing().reason();
    terminal
        .out()
        .println(
            result.publishing().published()
                ? terminal.green("published ")
                    + result.publishing().path().orElse("?")
                    + " — "
                    + publishing
                : terminal.red("not published: ") + publishing);
  }

  void print(SweepResult result) {
    stages(result.stages());
    terminal.out().println();
    leaderboard(result.leaderboard());
    terminal
        .out()
        .println(
            "all of them: "
                + new RunFiles(Path.of("")).leaderboard(result.workflowId(), result.runId()));
    metrics(result.evaluation());
    terminal.out().println();
    terminal.out().println(terminal.bold(result.verdict()));
    terminal.out().println("its input, for `train`: " + MAPPER.valueToTree(result.winner()));
    result
        .publishing()
        .ifPresent(
            publishing ->
                terminal
                    .out()
                    .println(
                        publishing.published()
                            ? terminal.green("published ") + publishing.path().orElse("?")
                            : terminal.red("not published: ") + publishing.reason()));
  }

  private void leaderboard(List<LeaderboardRow> rows) {
    List<String> columns = Leaderboard.columns(rows);
    List<List<String>> cells = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("rank", "dev MSE", "epoch", "state"));
    header.addAll(columns);
    cells.add(header);
    for (LeaderboardRow row : rows) {
      if (row.rank().filter(rank -> rank <= MOST_ROWS).isPresent()) {
        List<String> fields =
            new ArrayList<>(
                List.of(
                    row.rank().get().toString(),
                    String.format(Locale.ROOT, "%.3f", row.devMse().orElseThrow()),
                    Integer.toString(row.keptEpoch()),
                    Leaderboard.word(row.state())));
        columns.forEach(column -> fields.add(Leaderboard.shown(row, column)));
        cells.add(fields);
      }
    }
    columns(cells, column -> column < 3);
    rows.stream()
        .filter(row -> row.failure().isPresent())
        .limit(MOST_ROWS)
        .forEach(
            row ->
                terminal
                    .out()
                    .println(
                        terminal.red("variant " + row.variant() + " failed ")
                            + row.choices()
                            + ": "
                            + row.failure().get()));
    terminal.out().println(Counts.of(rows.size(), "variant") + ": " + Leaderboard.counts(rows));
  }

  void print(PredictResult result) {
    stages(result.stages());
    terminal.out().println();
    result
        .warning()
        .ifPresent(warning -> terminal.out().println(terminal.red("warning: ") + warning));
    terminal.out().println(terminal.bold(result.sentence()));
  }

  void print(ProbeResult result) {
    stages(result.stages());
    terminal.out().println();
    List<LayerRow> rows = result.layers();
    List<List<String>> cells = new ArrayList<>();
    cells.add(LayerTable.header(rows));
    cells.addAll(LayerTable.cells(rows));
    columns(cells, column -> column > 0 && column < cells.get(0).size() - 1);
    rows.stream()
        .filter(row -> row.failure().isPresent())
        .forEach(
            row ->
                terminal
                    .out()
                    .println(terminal.red(row.name() + " failed") + ": " + row.failure().get()));
    terminal.out().println("the whole report: " + result.report().uri() + "/probe.html");
    terminal.out().println();
    terminal.out().println(terminal.bold(result.verdict()));
  }

  /**
   * @param cells the header, then row by row
   * @param right which columns end at the right
   */
  private void columns(List<List<String>> cells, IntPredicate right) {
    for (List<String> fields : cells) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < fields.size(); i++) {
        int column = i;
        int width = cells.stream().mapToInt(other -> other.get(column).length()).max().orElse(0);
        String padding = " ".repeat(width - fields.get(i).length());
        line.append(right.test(i) ? padding + fields.get(i) : fields.get(i) + padding).append("  ");
      }
      String text = line.toString().stripTrailing();
      terminal.out().println(fields == cells.get(0) ? terminal.bold(text) : text);
    }
  }

  /** The stage table. */
  void stages(List<StageState> stages) {
    terminal
        .out()
        .println(
            terminal.bold(
                String.format("%-12s%-10s%8s  %s", "stage", "state", "seconds", "what came out")));
    for (StageState stage : stages) {
      String state = stage.state().name().toLowerCase(Locale.ROOT);
      String padding = " ".repeat(Math.max(1, STATE_WIDTH + 1 - state.length()));
      terminal
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "%-12s%s%s%8s  %s",
                  stage.stage().word(),
                  paint(stage.state(), state),
                  padding,
                  stage.seconds() > 0 ? String.format(Locale.ROOT, "%.1f", stage.seconds()) : "",
                  stage.text()));
    }
  }

  private String paint(StageState.State state, String word) {
    return switch (state) {
      case DONE -> terminal.green(word);
      case FAILED -> terminal.red(word);
      case REUSED, SKIPPED, WAITING -> terminal.dim(word);
      case RUNNING, PAUSED, CANCELLED -> terminal.bold(word);
    };
  }

  /**
   * Errors of the model and, beside them, of ridge regression and of always answering the train
   * labels' mean.
   */
  void metrics(Map<String, SplitMetrics> evaluation) {
    terminal.out().println();
    terminal
        .out()
        .println(
            terminal.bold(
                String.format(
                    "%-6s%12s%9s  %-18s%14s%14s%9s%9s",
                    "split",
                    "utterances",
                    "MSE",
                    "[95 % interval]",
                    "(ridge's)",
                    "(the mean's)",
                    "MAE",
                    "R²")));
    evaluation.forEach(
        (split, metrics) ->
            terminal
                .out()
                .println(
                    String.format(
                        Locale.ROOT,
                        "%-6s%,12d%9.3f  %-18s%14s%14.3f%9.3f%9s",
                        split,
                        metrics.n(),
                        metrics.mse(),
                        metrics
                            .mseInterval()
                            .map(each -> "[" + three(each.low()) + ", " + three(each.high()) + "]")
                            .orElse("—"),
                        metrics.ridgeMse().map(ResultView::three).orElse("—"),
                        metrics.baselineMse(),
                        metrics.mae(),
                        metrics.r2().map(ResultView::three).orElse("—"))));
    evaluation.forEach(
        (split, metrics) ->
            metrics
                .r2Reason()
                .ifPresent(
                    reason ->
                        terminal.out().println("R² of " + split + " is undefined: " + reason)));
  }

  private static String three(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
