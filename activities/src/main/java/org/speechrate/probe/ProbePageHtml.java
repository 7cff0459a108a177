package org.speechrate.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.LayerTable;
import org.speechrate.pipeline.probe.ProbeScore;
import org.speechrate.pipeline.probe.SummaryRequest;

/** {@code probe.html}: one file that opens from disk, with nothing from the web. */
final class ProbePageHtml {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 420;
  private static final int LEFT = 56;
  private static final int RIGHT = 12;
  private static final int TOP = 14;
  private static final int BOTTOM = 96;

  /** Far below 0 one R² is as bad as another. */
  private static final double LOWEST = -0.5;

  private static final int LONGEST_LABEL = 16;

  /** Labels of more layers are turned. */
  private static final int MOST_LEVEL = 8;

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --faint: #6b6b6b;
        --rule: #d8d8d8; --ridge: #2563a8; --mlp: #b85300; --control: #767676; --best: #eef4fb; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616;
        --faint: #a0a0a0; --rule: #3a3a3a; --ridge: #7db4f0; --mlp: #f2a45c; --control: #9a9a9a;
        --best: #1d2938; } }
      @media print { :root { --ink: #000; --paper: #fff; --faint: #444; --rule: #bbb;
        --ridge: #2563a8; --mlp: #b85300; --control: #767676; --best: #eee; }
        .wide { overflow: visible; } table { font-size: 0.62rem; } }
      @page { size: landscape; }
      * { box-sizing: border-box; }
      body { margin: 0 auto; max-width: 1240px; padding: 1rem; color: var(--ink);
        background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
      h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
      .verdict { font-size: 1.15rem; border-left: 4px solid var(--ridge); padding-left: 0.8rem;
        overflow-wrap: anywhere; }
      .wide { overflow-x: auto; } figure { margin: 0; }
      svg.plot { width: 100%; min-width: 560px; height: auto; }
      svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
      svg .tick { fill: var(--faint); } svg .grid { stroke: var(--rule); }
      svg .zero { stroke: var(--faint); }
      .ridge { fill: var(--ridge); stroke: var(--ridge); }
      .mlp { fill: var(--mlp); stroke: var(--mlp); }
      .control { fill: none; stroke: var(--control); stroke-width: 2; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.82rem; }
      th, td { padding: 0.3rem 0.5rem; border-bottom: 1px solid var(--rule); text-align: right;
        white-space: nowrap; }
      th:first-child, td:first-child { text-align: left; max-width: 14rem; overflow: hidden;
        text-overflow: ellipsis; }
      tr.best { background: var(--best); } tr.sum td { border-top: 2px solid var(--faint); }
      td.note { text-align: left; white-space: normal; min-width: 14rem; }
      .faint, caption { color: var(--faint); } caption { caption-side: bottom; text-align: left;
        padding-top: 0.5rem; }
      dt { font-weight: 600; margin-top: 0.6rem; } dd { margin: 0; overflow-wrap: anywhere; }
      """;

  private final SummaryRequest request;
  private final String verdict;
  private final List<LayerRow> rows;
  private final Optional<LayerRow> best;
  private double low;
  private double high;

  ProbePageHtml(SummaryRequest request, String verdict) {
    this.request = request;
    this.verdict = verdict;
    rows = request.rows();
    best = ProbeVerdict.best(rows);
  }

  String html() {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        + "<title>Layer probe: "
        + escape(request.spec().layers())
        + "</title>\n<style>\n"
        + STYLE
        + "</style>\n</head>\n<body>\n<h1>What each layer tells of speech rate</h1>\n<p"
        + " class=\"verdict\">"
        + escape(verdict)
        + ".</p>\n<h2>R² on test, by layer</h2>\n<figure class=\"wide\">\n"
        + plot()
        + "\n<figcaption class=\"faint\">Circles: ridge regression. Squares: MLP, mean of "
        + request.spec().seeds()
        + " seeds. Crosses: MLP on control tasks (labels shuffled within each split). Bars: 95 %"
        + " intervals over resampled speakers and seeds. 0 is as good as the test split's own"
        + " mean.</figcaption>\n</figure>\n<h2>All figures</h2>\n<div class=\"wide\">\n"
        + table()
        + "</div>\n"
        + failures()
        + method()
        + "</body>\n</html>\n";
  }

  private String plot() {
    List<LayerRow> scored = rows.stream().filter(row -> row.scores().isPresent()).toList();
    double[] ends =
        scored.stream()
            .flatMap(row -> Stream.of(row.scores().get().ridge(), row.scores().get().network()))
            .flatMap(score -> Stream.concat(ends(score.test()), score.control().value().stream()))
            .mapToDouble(value -> value)
            .toArray();
    high = Math.min(1, Stream.of(0.1, max(ends) * 1.05).max(Double::compare).orElseThrow());
    low = Math.max(LOWEST, Math.min(-0.05, min(ends) * 1.05));
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
            WIDTH,
            HEIGHT,
            escape("R² on the test split of each layer; the table below has all figures")));
    double step = step(high - low);
    for (double tick = Math.ceil(low / step) * step; tick <= high + 1e-9; tick += step) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"tick\""
                  + " x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>%n",
              Math.abs(tick) < 1e-9 ? "zero" : "grid",
              LEFT,
              WIDTH - RIGHT,
              y(tick),
              y(tick),
              LEFT - 8,
              y(tick) + 4,
              tick + 0.0));
    }
    double slot = (double) (WIDTH - LEFT - RIGHT) / Math.max(1, scored.size());
    for (int i = 0; i < scored.size(); i++) {
      double x = LEFT + slot * (i + 0.5);
      double apart = Math.min(12, slot / 5);
      LayerScores scores = scored.get(i).scores().get();
      svg.append(point(scored.get(i).name(), "ridge", x - apart, scores.ridge()));
      svg.append(point(scored.get(i).name(), "mlp", x, scores.network()));
      scores.network().control().value().ifPresent(value -> svg.append(cross(x + apart, value)));
      svg.append(label(scored.get(i).name(), x, scored.size()));
    }
    return svg.append("</svg>").toString();
  }

  private static Stream<Double> ends(Score score) {
    return Stream.concat(
        score.value().stream(),
        score.interval().stream().flatMap(each -> Stream.of(each.low(), each.high())));
  }

  private static double max(double[] values) {
    double max = 0;
    for (double each : values) {
      max = Math.max(max, each);
    }
    return max;
  }

  private static double min(double[] values) {
    double min = 0;
    for (double each : values) {
      min = Math.min(min, each);
    }
    return min;
  }

  private static double step(double range) {
    for (double step : new double[] {0.02, 0.05, 0.1, 0.2}) {
      if (range / step <= 9) {
        return step;
      }
    }
    return 0.25;
  }

  private double y(double r2) {
    double within = Math.max(low, Math.min(high, r2));
    return TOP + (HEIGHT - TOP - BOTTOM) * (high - within) / (high - low);
  }

  private String point(String layer, String kind, double x, ProbeScore score) {
    if (score.test().value().isEmpty()) {
      return "";
    }
    double value = score.test().value().get();
    Optional<Interval> interval = score.test().interval();
    String bar =
        interval
            .map(
                each ->
                    String.format(
                        Locale.ROOT,
                        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\""
                            + " stroke-width=\"2\"/>",
                        x,
                        x,
                        y(each.low()),
                        y(each.high())))
            .orElse("");
    String mark;
    if (value < low) {
      mark = String.format(Locale.ROOT, "<path d=\"M%.1f %.1fl-5 -8h10z\"/>", x, y(low));
    } else if (kind.equals("ridge")) {
      mark = String.format(Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/>", x, y(value));
    } else {
      mark =
          String.format(
              Locale.ROOT,
              "<rect x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"8\"/>",
              x - 4,
              y(value) - 4);
    }
    return String.format(
        Locale.ROOT,
        "<g class=\"%s\"><title>%s, %s: %s</title>%s%s</g>%n",
        kind,
        escape(layer),
        kind.equals("mlp") ? "MLP" : "ridge",
        text(score.test()),
        bar,
        mark);
  }

  private String cross(double x, double value) {
    return String.format(
        Locale.ROOT,
        "<path class=\"control\" d=\"M%.1f %.1fl8 8m0 -8l-8 8\"/>%n",
        x - 4,
        y(value) - 4);
  }

  private static String label(String name, double x, int layers) {
    String shown =
        name.codePointCount(0, name.length()) <= LONGEST_LABEL
            ? name
            : name.substring(0, name.offsetByCodePoints(0, LONGEST_LABEL - 1)) + "…";
    double y = HEIGHT - BOTTOM + 20.0;
    return layers <= MOST_LEVEL
        ? String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>%n",
            x,
            y,
            escape(shown))
        : String.format(
            Locale.ROOT,
            "<text transform=\"translate(%.1f %.1f) rotate(-50)\" text-anchor=\"end\">%s</text>%n",
            x + 4,
            y - 8,
            escape(shown));
  }

  private String table() {
    StringBuilder table =
        new StringBuilder(
            "<table>\n<thead><tr><th>layer</th><th>values</th><th>weight</th>"
                + "<th>ridge R²</th><th>95 %</th><th>control</th><th>selectivity</th>"
                + "<th>MLP R²</th><th>95 %</th><th>control</th><th>selectivity</th>"
                + "<th>bits</th><th>compression</th><th>CCA</th></tr></thead>\n<tbody>\n");
    for (LayerRow row : rows) {
      if (row.scores().isEmpty()) {
        continue;
      }
      LayerScores scores = row.scores().get();
      List<String> cells = new ArrayList<>();
      cells.add(escape(row.name()));
      cells.add(Integer.toString(scores.dimension()));
      cells.add(number(row.weight(), 2));
      for (ProbeScore score : List.of(scores.ridge(), scores.network())) {
        cells.add(number(score.test().value(), 3));
        cells.add(score.test().interval().map(LayerTable::text).orElse("—"));
        cells.add(number(score.control().value(), 3));
        cells.add(number(score.selectivity().value(), 3));
      }
      cells.add(number(scores.description().bits(), 2));
      cells.add(number(scores.description().compression(), 3));
      cells.add(number(scores.correlation().value(), 3));
      boolean isBest = best.map(LayerRow::name).filter(row.name()::equals).isPresent();
      table
          .append(
              isBest
                  ? "<tr class=\"best\">"
                  : row.name().equals(LayerRow.SUM) ? "<tr class=\"sum\">" : "<tr>")
          .append("<td title=\"")
          .append(escape(row.name()))
          .append("\">")
          .append(String.join("</td><td>", cells))
          .append("</td></tr>\n");
    }
    return table
        .append("</tbody>\n<caption>")
        .append(best.isPresent() ? "Shaded: the best layer on dev. " : "")
        .append(
            "R² of test; selectivity is R² less that of the control tasks.</caption>\n</table>\n")
        .toString();
  }

  /** What failed, and why figures are absent. */
  private String failures() {
    List<String> lines = new ArrayList<>();
    for (LayerRow row : rows) {
      String note = row.failure().or(() -> row.scores().map(LayerCsv::note)).orElse("");
      if (!note.isBlank()) {
        lines.add("<li><b>" + escape(row.name()) + "</b>: " + escape(note) + "</li>\n");
      }
    }
    return lines.isEmpty()
        ? ""
        : "<h2>What failed, or is absent</h2>\n<ul>\n" + String.join("", lines) + "</ul>\n";
  }

  private String method() {
    return "<h2>Data and method</h2>\n<dl>\n"
        + entry("Layers", request.spec().layers())
        + entry("Utterances", request.facts().summary())
        + entry("MLP", "recipe " + request.spec().run().training().title())
        + entry(
            "Choices",
            "Dev chooses each epoch, the best layer and when the weights stop; the test split is"
                + " scored once for each layer.")
        + entry(
            "Bits",
            "Online code of the train labels, an utterance, speaker after speaker by ridge"
                + " regression, in steps of "
                + OnlineCode.STEP
                + " letters/s; compression is that by a constant, divided by it.")
        + entry(
            "CCA",
            "Held-out canonical correlation on train and dev, 5 folds over speakers. With one"
                + " number on one side it is the correlation of a regularised projection.")
        + entry(
            "Weighted sum",
            "Softmax weights, learnt with a linear head on train; each layer is centred and scaled"
                + " first. For control tasks they are learnt on the shuffled labels.")
        + "</dl>\n";
  }

  private static String entry(String term, String text) {
    return "<dt>" + escape(term) + "</dt><dd>" + escape(text) + "</dd>\n";
  }

  private static String text(Score score) {
    return number(score.value(), 3)
        + score.interval().map(each -> " (95 % " + LayerTable.text(each) + ")").orElse("");
  }

  private static String number(Optional<Double> value, int digits) {
    return value.map(number -> String.format(Locale.ROOT, "%." + digits + "f", number)).orElse("—");
  }

  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(Character.isISOControl(c) ? ' ' : c);
              }
            });
    return escaped.toString();
  }
}
