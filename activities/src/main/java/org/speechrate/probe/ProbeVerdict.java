package org.speechrate.probe;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerTable;
import org.speechrate.pipeline.probe.ProbeScore;
import org.speechrate.table.Problems;

/** One sentence: which layer speech rate is read from best. Dev chooses it, test tells how well. */
final class ProbeVerdict {
  private ProbeVerdict() {}

  /** The layer whose better probe is best on dev; absent where R² on dev is undefined. */
  static Optional<LayerRow> best(List<LayerRow> rows) {
    return rows.stream()
        .filter(row -> !row.name().equals(LayerRow.SUM) && dev(row).isPresent())
        .max(Comparator.comparingDouble(row -> dev(row).orElseThrow()));
  }

  private static Optional<Double> dev(LayerRow row) {
    return row.scores().map(LayerTable::better).flatMap(ProbeScore::dev);
  }

  static String of(List<LayerRow> rows) {
    long layers = rows.stream().filter(row -> !row.name().equals(LayerRow.SUM)).count();
    long failed =
        rows.stream()
            .filter(row -> !row.name().equals(LayerRow.SUM) && row.scores().isEmpty())
            .count();
    Optional<LayerRow> best = best(rows);
    String sentence =
        best.isEmpty()
            ? "No layer can be chosen, as R² on dev is undefined"
            : sentence(best.get(), layers) + sum(rows);
    return sentence + (failed > 0 ? "; " + Counts.of(failed, "layer") + " failed" : "");
  }

  private static String sentence(LayerRow best, long layers) {
    ProbeScore score = LayerTable.better(best.scores().orElseThrow());
    Score test = score.test();
    String name = Problems.value(best.name());
    String chosen = layers == 1 ? "" : ", the best of " + layers + " layers on dev";
    if (test.value().isEmpty()) {
      return "How well speech rate is read from "
          + name
          + " is undefined: "
          + test.reason().orElse("there is no R² on test");
    }
    String kind = score.equals(best.scores().get().ridge()) ? "ridge" : "MLP";
    String figures =
        String.format(
            Locale.ROOT,
            "(%s, test R² %s%s)%s",
            kind,
            number(test),
            score
                .selectivity()
                .value()
                .map(value -> String.format(Locale.ROOT, "; selectivity %.2f", value))
                .orElse(""),
            chosen);
    if (test.value().get() <= 0) {
      return "No layer is better than the mean; the best is " + name + " " + figures;
    }
    return test.interval().filter(interval -> interval.low() <= 0).isPresent()
        ? "No layer is clearly better than the mean; the best is " + name + " " + figures
        : "Speech rate is best read from " + name + " " + figures;
  }

  private static String sum(List<LayerRow> rows) {
    return rows.stream()
        .filter(row -> row.name().equals(LayerRow.SUM))
        .flatMap(row -> row.scores().stream())
        .map(scores -> LayerTable.better(scores).test())
        .filter(test -> test.value().isPresent())
        .map(test -> "; the weighted sum of all layers gives " + number(test))
        .findFirst()
        .orElse("");
  }

  /** Such as "0.41, 95 % 0.33 to 0.48". */
  private static String number(Score score) {
    return String.format(Locale.ROOT, "%.2f", score.value().orElseThrow())
        + score.interval().map(interval -> ", 95 % " + LayerTable.text(interval)).orElse("");
  }
}
