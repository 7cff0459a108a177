package org.speechrate.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.Counts;
import org.speechrate.report.ReportData.Calibration;
import org.speechrate.report.ReportData.Prediction;

/** Predicted against true, a point an utterance of the test split. */
final class PredictionPlot {
  private static final String HEADING = "Predicted against true";
  private static final int SIZE = 390;
  static final int MOST_POINTS = 3000;
  private static final int LONGEST_ID = 60;

  private PredictionPlot() {}

  /**
   * @param utterances how many there are on the test split
   */
  static Markup draw(
      List<Prediction> predictions, long utterances, double mean, Optional<Calibration> line) {
    if (predictions.isEmpty()) {
      return Figure.missing(HEADING, "There is no prediction on the test split.");
    }
    List<Prediction> drawn = Spread.over(predictions, MOST_POINTS);
    double least = predictions.stream().mapToDouble(Prediction::trueCps).min().getAsDouble();
    double most = predictions.stream().mapToDouble(Prediction::trueCps).max().getAsDouble();
    // What lies further off would press all others into a corner; it is drawn at the edge.
    double margin = Math.max(1, most - least);
    double low = least;
    double high = most;
    for (Prediction each : predictions) {
      low = Math.min(low, Math.max(each.predictedCps(), least - margin));
      high = Math.max(high, Math.min(each.predictedCps(), most + margin));
    }
    double from = low;
    double to = high;
    long outside =
        drawn.stream().filter(p -> p.predictedCps() < from || p.predictedCps() > to).count();
    double edge = (to - from) * 0.03;
    Plot plot =
        new Plot(
            "scatter",
            "Predicted against true speech rate",
            description(predictions, least, most, line),
            SIZE,
            Axis.linear("true speech rate in letters/s", from - edge, to + edge),
            Axis.linear("predicted, letters/s", from - edge, to + edge));
    plot.line("diagonal", 0, 1);
    plot.line("mean", mean, 0);
    plot.marks().open("g", "class", "points");
    for (Prediction each : drawn) {
      double predicted = Math.max(from, Math.min(to, each.predictedCps()));
      plot.marks()
          .open("circle", "cx", plot.x(each.trueCps()), "cy", plot.y(predicted), "r", "2.6")
          .leaf(
              "title",
              Markup.shorten(each.sampleId(), LONGEST_ID)
                  + (each.speaker().isBlank()
                      ? ""
                      : ", speaker " + Markup.shorten(each.speaker(), LONGEST_ID))
                  + ": true "
                  + Numbers.of(each.trueCps())
                  + ", predicted "
                  + Numbers.of(each.predictedCps()))
          .close();
    }
    plot.marks().close();
    // The line gives the true rate for a predicted one, so it is drawn the other way round.
    line.filter(calibration -> calibration.slope() != 0)
        .ifPresent(
            calibration ->
                plot.line(
                    "calibration",
                    -calibration.intercept() / calibration.slope(),
                    1 / calibration.slope()));
    return Figure.of(
        HEADING,
        legend(line.isPresent()).above(plot.end()),
        Spread.caption(drawn.size(), utterances)
            + (outside > 0
                ? " "
                    + Counts.of(outside, "prediction")
                    + " too far off for the picture "
                    + (outside == 1 ? "lies" : "lie")
                    + " at its edge."
                : ""),
        "A perfect model's points lie on the diagonal; a model that has learnt nothing has them on"
            + " the mean's line. Predictions that stay close to the mean's line, flatter than the"
            + " diagonal, are shrunk: right on average, wrong for fast and slow speakers."
            + (line.isPresent()
                ? " The calibration line is what was true on average where so much was predicted."
                : ""));
  }

  private static Legend legend(boolean calibration) {
    Legend legend =
        new Legend()
            .item("line diagonal", "predicted = true")
            .item("line mean", "the mean's prediction");
    return calibration ? legend.item("line calibration", "calibration") : legend;
  }

  private static String description(
      List<Prediction> predictions, double least, double most, Optional<Calibration> line) {
    var predicted = predictions.stream().mapToDouble(Prediction::predictedCps).summaryStatistics();
    return String.format(
        Locale.ROOT,
        "A point for each of %s. True rates from %s to %s letters/s, predicted ones from %s to %s.%s",
        Counts.of(predictions.size(), "utterance"),
        Numbers.of(least),
        Numbers.of(most),
        Numbers.of(predicted.getMin()),
        Numbers.of(predicted.getMax()),
        line.map(c -> " Slope of true on predicted: " + Numbers.of(c.slope()) + ".").orElse(""));
  }
}
