package org.speechrate.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.SplitScores;

/** The test MSE of the model, of ridge regression and of the mean, with their intervals. */
final class IntervalPlot {
  private static final String HEADING = "How sure it is";
  private static final int ROW = 34;

  private record Row(String name, String style, double mse, Score score) {}

  private IntervalPlot() {}

  static Markup draw(SplitScores test) {
    List<Row> rows = new ArrayList<>();
    add(rows, "model", "model", test.model().mse());
    test.ridge().ifPresent(ridge -> add(rows, "ridge", "ridge", ridge.mse()));
    add(rows, "mean", "mean", test.mean().mse());
    if (rows.isEmpty()) {
      return Figure.missing(HEADING, "There is no MSE of the test split, so nothing to compare.");
    }
    int height = ROW * rows.size();
    Axis x =
        Axis.around(
            "MSE on test in (letters/s)²",
            rows.stream()
                .flatMapToDouble(
                    row ->
                        row.score()
                            .interval()
                            .map(i -> DoubleStream.of(row.mse(), i.low(), i.high()))
                            .orElse(DoubleStream.of(row.mse()))));
    Plot plot =
        new Plot(
            "intervals",
            "MSE on the test split, with intervals",
            rows.stream()
                .map(row -> row.name() + " " + words(row))
                .collect(Collectors.joining("; ")),
            height,
            x,
            new Axis("", 0, rows.size(), false, List.of()));
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      double y = rows.size() - i - 0.5;
      row.score()
          .interval()
          .ifPresent(
              interval ->
                  plot.segment("whisker " + row.style(), interval.low(), y, interval.high(), y));
      plot.marks()
          .empty(
              "circle",
              "class",
              "fill " + row.style(),
              "cx",
              plot.x(row.mse()),
              "cy",
              plot.y(y),
              "r",
              6)
          .leaf(
              "text",
              row.name(),
              "class",
              "label",
              "x",
              -8,
              "y",
              plot.y(y),
              "dy",
              "0.35em",
              "text-anchor",
              "end");
    }
    boolean intervals = rows.stream().anyMatch(row -> row.score().interval().isPresent());
    return Figure.of(
        HEADING,
        plot.end(),
        rows.stream().map(row -> row.name() + " " + words(row)).collect(Collectors.joining("; "))
            + ".",
        (intervals
                ? "A dot is the error on the test split, further left is better. The bar is its 95 %"
                    + " interval: what other speakers of the same kind would give, by resampling"
                    + " speakers. "
                : "A dot is the error on the test split, further left is better. No interval is"
                    + " known, so nothing tells how much of it is chance. ")
            + "Bars may overlap though one is reliably better: the table's differences are compared"
            + " speaker by speaker.");
  }

  private static void add(List<Row> rows, String name, String style, Score score) {
    score.value().ifPresent(mse -> rows.add(new Row(name, style, mse, score)));
  }

  private static String words(Row row) {
    return Numbers.of(row.mse())
        + row.score().interval().map(i -> " (" + Numbers.interval(i) + ")").orElse("");
  }
}
