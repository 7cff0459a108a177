package org.speechrate.pipeline.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;

/** A probe's rows as people read them, on a page or a terminal. */
public final class LayerTable {
  /** The first is a name, the last the plot, the others numbers. */
  private static final List<String> SCORED =
      List.of(
          "layer",
          "ridge R²",
          "95 %",
          "selectivity",
          "MLP R²",
          "95 %",
          "selectivity",
          "bits",
          "compression",
          "CCA",
          "weight",
          "test R²");

  private static final List<String> TRAINING = List.of("layer", "weight", "dev MSE");

  private static final int BAR = 20;
  private static final String BLOCKS = "▏▎▍▌▋▊▉";
  private static final String NOTHING = "—";

  private LayerTable() {}

  /** The titles of the columns: those of scores once a row has some. */
  public static List<String> header(List<LayerRow> rows) {
    return isScored(rows) ? SCORED : TRAINING;
  }

  private static boolean isScored(List<LayerRow> rows) {
    return rows.stream().anyMatch(row -> row.scores().isPresent());
  }

  /** A text for each column of {@link #header}, of each row that has not failed. */
  public static List<List<String>> cells(List<LayerRow> rows) {
    double most =
        rows.stream()
            .flatMapToDouble(row -> best(row).stream().mapToDouble(r -> r))
            .max()
            .orElse(0);
    boolean scored = isScored(rows);
    return rows.stream()
        .filter(row -> row.failure().isEmpty())
        .map(row -> scored ? scored(row, most) : training(row))
        .toList();
  }

  private static List<String> training(LayerRow row) {
    return List.of(row.name(), number(row.weight(), 2), number(row.devMse(), 3));
  }

  private static List<String> scored(LayerRow row, double most) {
    List<String> cells = new ArrayList<>(List.of(row.name()));
    for (Optional<ProbeScore> score :
        List.of(row.scores().map(LayerScores::ridge), row.scores().map(LayerScores::network))) {
      cells.add(number(score.map(ProbeScore::test).flatMap(Score::value), 3));
      cells.add(
          score
              .map(ProbeScore::test)
              .flatMap(Score::interval)
              .map(LayerTable::text)
              .orElse(NOTHING));
      cells.add(number(score.map(ProbeScore::selectivity).flatMap(Score::value), 3));
    }
    Optional<DescriptionLength> description = row.scores().map(LayerScores::description);
    cells.add(number(description.flatMap(DescriptionLength::bits), 2));
    cells.add(number(description.flatMap(DescriptionLength::compression), 3));
    cells.add(number(row.scores().map(LayerScores::correlation).flatMap(Score::value), 3));
    cells.add(number(row.weight(), 2));
    cells.add(best(row).map(r2 -> bar(r2, most)).orElse(""));
    return cells;
  }

  /** The R² on test of the probe that is the better one on dev. */
  private static Optional<Double> best(LayerRow row) {
    return row.scores().map(LayerTable::better).flatMap(score -> score.test().value());
  }

  /** Of ridge and network the one that is better on dev. */
  public static ProbeScore better(LayerScores scores) {
    double ridge = scores.ridge().dev().orElse(Double.NEGATIVE_INFINITY);
    return scores.network().dev().orElse(Double.NEGATIVE_INFINITY) > ridge
        ? scores.network()
        : scores.ridge();
  }

  private static String number(Optional<Double> value, int digits) {
    return value
        .map(number -> String.format(Locale.ROOT, "%." + digits + "f", number))
        .orElse(NOTHING);
  }

  /** Such as "0.33 to 0.48". */
  public static String text(Interval interval) {
    return String.format(
        Locale.ROOT, "%.2f to %.2f", hundredths(interval.low()), hundredths(interval.high()));
  }

  /** Without the sign of a zero. */
  private static double hundredths(double value) {
    return Math.round(100 * value) / 100.0 + 0.0;
  }

  /** Of eighths of a block; nothing where R² is not above 0. */
  static String bar(double r2, double most) {
    if (!(r2 > 0) || !(most > 0)) {
      return "";
    }
    int eighths = (int) Math.max(1, Math.round(8 * BAR * r2 / most));
    String bar = "█".repeat(eighths / 8);
    return eighths % 8 == 0 ? bar : bar + BLOCKS.charAt(eighths % 8 - 1);
  }
}
