package org.speechrate.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.speechrate.report.ReportData.Prediction;

/** How many utterances of the test split have which error, beside the mean's errors. */
final class ResidualPlot {
  private static final String HEADING = "Errors";
  private static final int HEIGHT = 240;
  private static final int FEWEST_BINS = 10;
  private static final int MOST_BINS = 40;

  /** Share of the errors, from either end, that may lie in the outermost bins. */
  private static final double TAIL = 0.002;

  private ResidualPlot() {}

  /**
   * @param utterances how many there are on the test split
   */
  static Markup draw(List<Prediction> predictions, long utterances, double mean) {
    if (predictions.isEmpty()) {
      return Figure.missing(HEADING, "There is no prediction on the test split.");
    }
    double[] errors = errors(predictions, each -> each.predictedCps() - each.trueCps());
    double[] means = errors(predictions, each -> mean - each.trueCps());
    double reach =
        Math.max(
            0.1,
            Math.max(
                Math.max(-quantile(errors, TAIL), quantile(errors, 1 - TAIL)),
                Math.max(-quantile(means, TAIL), quantile(means, 1 - TAIL))));
    double width = binWidth(2 * reach, errors.length);
    int half = (int) Math.ceil(reach / width - 1e-9);
    int[] bins = bins(errors, width, half);
    int[] meanBins = bins(means, width, half);
    int highest =
        Math.max(Arrays.stream(bins).max().orElse(0), Arrays.stream(meanBins).max().orElse(0));
    double bias = Arrays.stream(errors).average().orElse(0);
    double median = quantile(errors, 0.5);
    String caption =
        String.format(
            Locale.ROOT,
            "Mean error %s letters/s, median %s; half of the errors lie between %s and %s.",
            Numbers.signed(bias),
            Numbers.signed(median),
            Numbers.signed(quantile(errors, 0.25)),
            Numbers.signed(quantile(errors, 0.75)));
    Plot plot =
        new Plot(
            "errors",
            "Histogram of errors",
            "Errors of " + predictions.size() + " utterances. " + caption,
            HEIGHT,
            Axis.linear("predicted − true in letters/s", -half * width, half * width),
            Axis.linear("utterances", 0, highest * 1.05));
    for (int i = 0; i < bins.length; i++) {
      double from = (i - half) * width;
      plot.marks()
          .open(
              "rect",
              "class",
              "bar",
              "x",
              plot.x(from),
              "y",
              plot.y(bins[i]),
              "width",
              Plot.number(
                  (Double.parseDouble(plot.x(from + width)) - Double.parseDouble(plot.x(from)))
                      - 0.6),
              "height",
              Plot.number(Double.parseDouble(plot.y(0)) - Double.parseDouble(plot.y(bins[i]))))
          .leaf(
              "title",
              String.format(
                  Locale.ROOT,
                  "%s to %s: %,d",
                  Numbers.of(from),
                  Numbers.of(from + width),
                  bins[i]))
          .close();
    }
    StringBuilder outline = new StringBuilder(plot.x(-half * width) + "," + plot.y(0));
    for (int i = 0; i < meanBins.length; i++) {
      for (int side = 0; side < 2; side++) {
        outline.append(' ').append(plot.x((i + side - half) * width));
        outline.append(',').append(plot.y(meanBins[i]));
      }
    }
    outline.append(' ').append(plot.x(half * width)).append(',').append(plot.y(0));
    plot.marks().empty("polyline", "class", "mean-outline", "points", outline);
    plot.segment("guide", 0, 0, 0, highest * 1.05);
    return Figure.of(
        HEADING,
        new Legend()
            .item("bar", "the model")
            .item("line mean-outline", "always the mean")
            .above(plot.end()),
        caption
            + (errors.length < utterances ? " " + Spread.caption(errors.length, utterances) : "")
            + " What lies beyond the picture is counted in its outermost bars.",
        "Bars to the right of 0 were predicted too fast, to the left too slow. A good model's bars"
            + " stand higher and closer around 0 than the mean's outline; a heap beside 0 is a bias.");
  }

  /**
   * Wider where there are few errors, so that a bar is more than chance (twice as many as Rice's
   * rule).
   */
  private static double binWidth(double range, int errors) {
    double most = Math.max(FEWEST_BINS, Math.min(MOST_BINS, 4 * Math.cbrt(errors)));
    double step = Axis.step(range) / 10;
    while (range / step > most) {
      step *= 2;
    }
    return step;
  }

  private static double[] errors(List<Prediction> predictions, ToDoubleFunction<Prediction> error) {
    return predictions.stream().mapToDouble(error).sorted().toArray();
  }

  private static double quantile(double[] sorted, double share) {
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  private static int[] bins(double[] errors, double width, int half) {
    int[] bins = new int[2 * half];
    for (double error : errors) {
      bins[(int) Math.max(0, Math.min(bins.length - 1, Math.floor(error / width) + half))]++;
    }
    return bins;
  }
}
