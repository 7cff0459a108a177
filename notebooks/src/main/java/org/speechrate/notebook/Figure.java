package org.speechrate.notebook;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A chart before it is drawn, readable without colours.
 *
 * @param width in pixels
 * @param height in pixels
 */
record Figure(
    String title, Axis x, Axis y, int width, int height, List<Series> series, String altText) {
  static final Color GREY = new Color(0x767676);
  private static final Color GRID = new Color(0xE4E4E4);

  /** Okabe and Ito's palette, told apart by colour-blind readers too. */
  private static final List<Color> COLORS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0x56B4E9),
          new Color(0xE69F00));

  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND);

  /** The same shapes by plotly's names. */
  private static final List<String> SYMBOLS = List.of("circle", "square", "triangle-up", "diamond");

  /** How many there are of colour and shape together. */
  static final int LOOKS = COLORS.size() * MARKERS.size();

  /** Of a series that is told apart from all that have one: grey crosses. */
  static final int NO_LOOK = -1;

  /** So many names fit below the picture. */
  private static final int MOST_BELOW = 5;

  /** What XChart writes beyond this is finer than any screen, and half of the file. */
  private static final Pattern DIGITS = Pattern.compile("(\\d\\.\\d{2})\\d+");

  /** Between the ticks of an axis. */
  private static final int NUMBER_PIXELS = 55;

  private static final int NAME_PIXELS = 26;

  private static final int LETTER_PIXELS = 8;
  private static final int MARGIN_PIXELS = 80;

  /** Half transparent: where points lie upon each other it gets darker. */
  private static final int POINT_ALPHA = 150;

  Figure {
    series = List.copyOf(series);
  }

  /**
   * One side of the picture.
   *
   * @param range least and most value; absent where the values decide
   * @param categories where they are names, that of value i; else empty
   */
  record Axis(String title, Optional<Range> range, List<String> categories) {
    Axis {
      categories = List.copyOf(categories);
    }

    static Axis of(String title) {
      return new Axis(title, Optional.empty(), List.of());
    }

    Axis from(double least, double most) {
      return new Axis(title, Optional.of(new Range(least, most)), categories);
    }

    static Axis named(String title, List<String> categories) {
      return new Axis(title, Optional.of(new Range(-0.5, categories.size() - 0.5)), categories);
    }
  }

  /** From the least to the most value that is shown. */
  record Range(double least, double most) {}

  /** How a series is drawn. */
  enum Style {
    POINTS,
    LINE,
    DASHED,
    /** From each x to the next at the first one's height. */
    STEPS,
    /** What the others are held against. */
    RULE
  }

  /**
   * @param look of colours and shapes the one with this number, or {@link #NO_LOOK}
   * @param x where NaN, as in y, a line is interrupted
   * @param hover what plotly says of each point; empty where its numbers say all
   */
  record Series(
      String name, Style style, int look, List<Double> x, List<Double> y, List<String> hover) {
    Series {
      x = List.copyOf(x);
      y = List.copyOf(y);
      hover = List.copyOf(hover);
    }

    static Series of(
        String name, Style style, int look, double[] x, double[] y, List<String> hover) {
      return new Series(
          name,
          style,
          look,
          DoubleStream.of(x).boxed().toList(),
          DoubleStream.of(y).boxed().toList(),
          hover);
    }

    static Series of(String name, Style style, int look, double[] x, double[] y) {
      return of(name, style, look, x, y, List.of());
    }

    Color color() {
      return style == Style.RULE || look == NO_LOOK ? GREY : COLORS.get(look % COLORS.size());
    }

    /** The first ones differ in both; later ones have an earlier one's colour or shape. */
    int shape() {
      return (look % COLORS.size() + look / COLORS.size()) % MARKERS.size();
    }

    Marker marker() {
      return look == NO_LOOK ? SeriesMarkers.CROSS : MARKERS.get(shape());
    }

    String symbol() {
      return look == NO_LOOK ? "x" : SYMBOLS.get(shape());
    }
  }

  /** Whether the series' names stand right of the picture, one below the other. */
  static boolean hasLegendAside(List<Series> series) {
    return series.size() > MOST_BELOW;
  }

  Chart chart() {
    return new Chart(svg(), plotly(), altText);
  }

  private Map<String, Object> plotly() {
    List<Object> data = new ArrayList<>();
    for (Series each : series) {
      Map<String, Object> trace = new LinkedHashMap<>();
      trace.put("type", "scatter");
      trace.put("name", Html.escape(each.name()));
      trace.put("x", numbers(each.x()));
      trace.put("y", numbers(each.y()));
      boolean points = each.style() == Style.POINTS;
      trace.put("mode", points ? "markers" : "lines");
      if (points) {
        Map<String, Object> marker = new LinkedHashMap<>();
        marker.put("color", hex(each.color()));
        marker.put("size", 8);
        marker.put("opacity", POINT_ALPHA / 255.0);
        marker.put("symbol", each.symbol());
        trace.put("marker", marker);
      } else {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("color", hex(each.color()));
        line.put("width", each.style() == Style.RULE ? 1 : 2);
        line.put("dash", each.style() == Style.DASHED ? "dash" : "solid");
        line.put("shape", each.style() == Style.STEPS ? "hv" : "linear");
        trace.put("line", line);
      }
      if (!each.hover().isEmpty()) {
        trace.put("text", each.hover().stream().map(Html::escape).toList());
        trace.put("hovertemplate", "%{text}<extra></extra>");
      } else if (each.style() == Style.RULE) {
        trace.put("hoverinfo", "skip");
      }
      data.add(trace);
    }
    Map<String, Object> layout = new LinkedHashMap<>();
    layout.put("title", Map.of("text", Html.escape(title)));
    layout.put("width", width);
    layout.put("height", height);
    layout.put("xaxis", plotly(x));
    layout.put("yaxis", plotly(y));
    if (!hasLegendAside(series)) {
      layout.put(
          "legend", Map.of("orientation", "h", "yref", "container", "yanchor", "bottom", "y", 0));
    }
    layout.put("hovermode", "closest");
    layout.put("plot_bgcolor", "white");
    layout.put("paper_bgcolor", "white");
    layout.put("font", Map.of("color", "black"));
    Map<String, Object> plotly = new LinkedHashMap<>();
    plotly.put("data", data);
    plotly.put("layout", layout);
    plotly.put("config", Map.of("displaylogo", false));
    return plotly;
  }

  private static Map<String, Object> plotly(Axis axis) {
    Map<String, Object> layout = new LinkedHashMap<>();
    layout.put("title", Map.of("text", Html.escape(axis.title())));
    layout.put("gridcolor", hex(GRID));
    layout.put("zeroline", false);
    layout.put("showline", true);
    layout.put("linecolor", hex(GREY));
    layout.put("automargin", true);
    axis.range().ifPresent(range -> layout.put("range", List.of(range.least(), range.most())));
    if (!axis.categories().isEmpty()) {
      layout.put("tickvals", IntStream.range(0, axis.categories().size()).boxed().toList());
      layout.put("ticktext", axis.categories().stream().map(Html::escape).toList());
    }
    return layout;
  }

  /** JSON has no NaN; a null interrupts the line as well. */
  private static List<Double> numbers(List<Double> values) {
    List<Double> numbers = new ArrayList<>(values.size());
    for (double value : values) {
      numbers.add(Double.isFinite(value) ? Math.round(value * 1e5) / 1e5 : null);
    }
    return numbers;
  }

  private static String hex(Color color) {
    return String.format(Locale.ROOT, "#%06X", color.getRGB() & 0xFFFFFF);
  }

  private String svg() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      VectorGraphicsEncoder.saveVectorGraphic(xchart(), out, VectorGraphicsFormat.SVG);
    } catch (IOException e) {
      throw new NotebookException("cannot draw the chart: " + e.getMessage(), e);
    }
    String svg = DIGITS.matcher(out.toString(StandardCharsets.UTF_8)).replaceAll("$1");
    // Screen readers announce the picture by this; XChart has no words for it.
    int root = svg.indexOf("<svg");
    int open = svg.indexOf('>', root);
    String escaped = Html.escape(altText);
    return svg.substring(0, open)
        + " role=\"img\" aria-label=\""
        + escaped
        + "\"><title>"
        + escaped
        + "</title>"
        + svg.substring(open + 1);
  }

  private XYChart xchart() {
    XYChart chart =
        new XYChartBuilder()
            .title(title)
            .xAxisTitle(x.title())
            .yAxisTitle(y.title())
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
        .setLegendPosition(
            hasLegendAside(series) ? LegendPosition.OutsideE : LegendPosition.OutsideS)
        .setLegendLayout(hasLegendAside(series) ? LegendLayout.Vertical : LegendLayout.Horizontal)
        .setLegendBorderColor(Color.WHITE)
        .setMarkerSize(7);
    chart
        .getStyler()
        .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
        .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12))
        .setPlotGridLinesColor(GRID)
        // XChart draws a dashed line as a thousand small polygons.
        .setPlotGridLinesStroke(new BasicStroke(1f))
        .setXAxisTickMarkSpacingHint(
            x.categories().isEmpty() ? NUMBER_PIXELS : 9 * width / 10 / x.categories().size())
        .setYAxisTickMarkSpacingHint(y.categories().isEmpty() ? NUMBER_PIXELS : NAME_PIXELS)
        .setLocale(Locale.ROOT);
    x.range()
        .ifPresent(range -> chart.getStyler().setXAxisMin(range.least()).setXAxisMax(range.most()));
    y.range()
        .ifPresent(range -> chart.getStyler().setYAxisMin(range.least()).setYAxisMax(range.most()));
    if (!x.categories().isEmpty()) {
      // Beside each other where they fit.
      int longest = x.categories().stream().mapToInt(String::length).max().orElse(0);
      if (longest * LETTER_PIXELS * x.categories().size() > width - MARGIN_PIXELS) {
        chart.getStyler().setXAxisLabelRotation(45);
      }
      chart.setCustomXAxisTickLabelsFormatter(value -> name(x, value));
    }
    if (!y.categories().isEmpty()) {
      chart.setCustomYAxisTickLabelsFormatter(value -> name(y, value));
    }
    series.forEach(each -> draw(chart, each));
    return chart;
  }

  /**
   * XChart labels no tick where both ends of the axis, which are halves, have the same label; else
   * it takes longer steps until all labels differ, also those of whole numbers beyond the ends.
   */
  private static String name(Axis axis, double value) {
    int i = (int) Math.round(value);
    int n = axis.categories().size();
    if (Math.abs(value - i) > 1e-6) {
      return value < 0 ? " " : "";
    }
    return i < 0
        ? " ".repeat(-2 * i)
        : i < n ? axis.categories().get(i) : " ".repeat(2 * (i - n) + 1);
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(value -> value).toArray();
  }

  private static void draw(XYChart chart, Series each) {
    XYSeries drawn = chart.addSeries(each.name(), array(each.x()), array(each.y()));
    Color color = each.color();
    if (each.style() == Style.POINTS) {
      drawn
          .setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter)
          .setMarker(each.marker())
          .setMarkerColor(
              new Color(color.getRed(), color.getGreen(), color.getBlue(), POINT_ALPHA));
      return;
    }
    if (each.style() == Style.STEPS) {
      drawn.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Step);
    }
    drawn.setMarker(SeriesMarkers.NONE).setLineColor(color);
    drawn.setLineWidth(each.style() == Style.RULE ? 1.2f : 2f);
    if (each.style() == Style.DASHED) {
      drawn.setLineStyle(
          new BasicStroke(
              2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10f, new float[] {7f, 4f}, 0f));
    }
  }
}
