package org.speechrate.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;

/** Pictures of a run's tables: SVG on white, readable without colours. */
public final class Charts {
  /** Okabe and Ito's palette, told apart by colour-blind readers too. */
  private static final List<Color> COLORS =
      List.of(new Color(0x0072B2), new Color(0xD55E00), new Color(0x009E73), new Color(0xCC79A7));

  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND);

  private static final Color GREY = new Color(0x767676);
  private static final Color GRID = new Color(0xE4E4E4);

  /** What XChart writes beyond this is finer than any screen, and half of the file. */
  private static final Pattern DIGITS = Pattern.compile("(\\d\\.\\d{2})\\d+");

  private Charts() {}

  /** A chart before it becomes text outlines and coordinates. */
  record Drawing(XYChart chart, String altText) {}

  /**
   * Each utterance as a point, right of its true speech rate and above it the predicted one; both
   * axes have the same range, so that a perfect prediction lies on the diagonal.
   *
   * @param predictions as {@link Speechrate#predictions} gives it, or some of its rows; each split
   *     has its own colour and shape
   * @throws NotebookException if there are no rows
   */
  public static SvgChart predictedAgainstTrue(Table predictions) {
    return svg(scatter(predictions));
  }

  static Drawing scatter(Table predictions) {
    DoubleColumn truth = column(predictions, "true_cps");
    DoubleColumn predicted = column(predictions, "predicted_cps");
    if (predictions.rowCount() == 0) {
      throw new NotebookException("nothing to draw: the table of predictions has no rows");
    }
    // The next whole letters per second, so that no point lies on the frame.
    double low = Math.floor(Math.min(truth.min(), predicted.min()) - 0.5);
    double high = Math.ceil(Math.max(truth.max(), predicted.max()) + 0.5);
    XYChart chart =
        chart(
            "Predicted against true speech rate",
            "true speech rate in letters/s",
            "predicted speech rate in letters/s",
            560,
            612);
    chart.getStyler().setXAxisTickMarkSpacingHint(50).setYAxisTickMarkSpacingHint(50);
    chart.getStyler().setXAxisMin(low).setXAxisMax(high).setYAxisMin(low).setYAxisMax(high);
    XYSeries diagonal =
        chart.addSeries("predicted = true", new double[] {low, high}, new double[] {low, high});
    diagonal.setMarker(SeriesMarkers.NONE).setLineColor(GREY).setLineWidth(1.2f);
    List<String> splits = predictions.stringColumn("split").asList().stream().distinct().toList();
    for (int i = 0; i < splits.size(); i++) {
      Table rows = predictions.where(predictions.stringColumn("split").isEqualTo(splits.get(i)));
      XYSeries points =
          chart.addSeries(
              splits.get(i) + ", " + utterances(rows.rowCount()),
              column(rows, "true_cps").asDoubleArray(),
              column(rows, "predicted_cps").asDoubleArray());
      Color color = COLORS.get(i % COLORS.size());
      points
          .setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter)
          .setMarker(MARKERS.get(i % MARKERS.size()))
          // Half transparent: where points lie upon each other it gets darker.
          .setMarkerColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), 150));
    }
    return new Drawing(
        chart,
        String.format(
            Locale.ROOT,
            "Scatter plot of predicted against true speech rate in letters per second, %s: true"
                + " values from %.1f to %.1f, predictions from %.1f to %.1f. A diagonal marks"
                + " perfect predictions.",
            utterances(predictions.rowCount()),
            truth.min(),
            truth.max(),
            predicted.min(),
            predicted.max()));
  }

  /**
   * Mean squared errors by epoch, and the epoch with the lowest one on dev.
   *
   * @param history as {@link Speechrate#history} gives it
   * @throws NotebookException if there are no rows
   */
  public static SvgChart losses(Table history) {
    return svg(lines(history));
  }

  static Drawing lines(Table history) {
    if (history.rowCount() == 0) {
      throw new NotebookException("nothing to draw: the table of losses has no rows");
    }
    XYChart chart =
        chart("Losses while training", "epoch", "mean squared error in (letters/s)²", 720, 420);
    chart.getStyler().setYAxisMin(0.0).setXAxisDecimalPattern("#").setXAxisTickMarkSpacingHint(70);
    chart.getStyler().setXAxisMin(column(history, "epoch").min());
    StringBuilder altText = new StringBuilder("Line chart of the mean squared error by epoch");
    addLoss(chart, history, "train", COLORS.get(0), altText);
    addLoss(chart, history, "dev", COLORS.get(1), altText);
    Table dev = history.where(column(history, "dev_mse").isNotMissing());
    if (dev.rowCount() > 0) {
      Table lowest = dev.where(column(dev, "dev_mse").isEqualTo(column(dev, "dev_mse").min()));
      double epoch = column(lowest, "epoch").get(0);
      double mse = column(lowest, "dev_mse").get(0);
      chart
          .addSeries(
              String.format(Locale.ROOT, "lowest dev: %.3f in epoch %.0f", mse, epoch),
              new double[] {epoch},
              new double[] {mse})
          .setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter)
          .setMarker(SeriesMarkers.DIAMOND)
          .setMarkerColor(Color.BLACK);
      altText.append(
          String.format(Locale.ROOT, "; the lowest on dev is %.3f in epoch %.0f", mse, epoch));
    }
    return new Drawing(chart, altText.append('.').toString());
  }

  private static void addLoss(
      XYChart chart, Table history, String split, Color color, StringBuilder altText) {
    Table known = history.where(column(history, split + "_mse").isNotMissing());
    if (known.rowCount() == 0) {
      return;
    }
    DoubleColumn loss = column(known, split + "_mse");
    XYSeries series =
        chart.addSeries(split, column(known, "epoch").asDoubleArray(), loss.asDoubleArray());
    series.setMarker(SeriesMarkers.NONE).setLineColor(color);
    if (split.equals("dev")) {
      // Told apart in black and white too.
      series.setLineStyle(
          new BasicStroke(
              2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10f, new float[] {7f, 4f}, 0f));
    }
    altText.append(
        String.format(
            Locale.ROOT, "; %s from %.3f to %.3f", split, loss.get(0), loss.get(loss.size() - 1)));
  }

  private static XYChart chart(String title, String xTitle, String yTitle, int width, int height) {
    XYChart chart =
        new XYChartBuilder()
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .width(width)
            .height(height)
            .build();
    chart
        .getStyler()
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBackgroundColor(Color.WHITE)
        .setPlotBorderColor(GREY)
        .setChartTitleBoxVisible(false)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15))
        .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
        .setLegendPosition(LegendPosition.OutsideS)
        .setLegendLayout(LegendLayout.Horizontal)
        .setLegendBorderColor(Color.WHITE)
        .setMarkerSize(7);
    chart
        .getStyler()
        .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
        .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12))
        .setPlotGridLinesColor(GRID)
        // XChart draws a dashed line as a thousand small polygons.
        .setPlotGridLinesStroke(new BasicStroke(1f))
        .setLocale(Locale.ROOT);
    return chart;
  }

  private static DoubleColumn column(Table table, String name) {
    if (!table.containsColumn(name)) {
      throw new NotebookException(
          "nothing to draw: no column " + name + "; the table has " + table.columnNames());
    }
    NumericColumn<?> column = table.numberColumn(name);
    return column.asDoubleColumn();
  }

  private static String utterances(int n) {
    return n == 1 ? "1 utterance" : n + " utterances";
  }

  private static SvgChart svg(Drawing drawing) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      VectorGraphicsEncoder.saveVectorGraphic(drawing.chart(), out, VectorGraphicsFormat.SVG);
    } catch (IOException e) {
      throw new NotebookException("cannot draw the chart: " + e.getMessage(), e);
    }
    String svg = DIGITS.matcher(out.toString(StandardCharsets.UTF_8)).replaceAll("$1");
    // Screen readers announce the picture by this; XChart has no words for it.
    int root = svg.indexOf("<svg");
    int open = svg.indexOf('>', root);
    String escaped = Html.escape(drawing.altText());
    return new SvgChart(
        svg.substring(0, open)
            + " role=\"img\" aria-label=\""
            + escaped
            + "\"><title>"
            + escaped
            + "</title>"
            + svg.substring(open + 1),
        drawing.altText());
  }
}
