package org.speechrate.report;

import java.util.Locale;

/**
 * A picture with two axes, as SVG: the frame, the grid and the ticks are there, the marks are added
 * in the axes' units. Colours come from the style sheet, by class.
 */
final class Plot {
  /** In the picture's own units, which are pixels where a figure has half of a wide page. */
  static final int WIDTH = 460;

  private static final int LEFT = 64;
  private static final int RIGHT = 16;
  private static final int TOP = 34;
  private static final int TOP_WITHOUT_LABEL = 8;
  private static final int BOTTOM = 50;

  private final Markup svg;
  private final Axis x;
  private final Axis y;
  private final int width;
  private final int height;

  /**
   * @param id a word that no other picture of the page has
   * @param title what it is, for those who cannot see it
   * @param description what is to be seen in it, for the same
   * @param height of the part inside the axes
   */
  Plot(String id, String title, String description, int height, Axis x, Axis y) {
    this.x = x;
    this.y = y;
    this.width = WIDTH - LEFT - RIGHT;
    this.height = height;
    int top = y.label().isEmpty() ? TOP_WITHOUT_LABEL : TOP;
    svg = begin(id, title, description, height + top + BOTTOM);
    svg.open("g", "transform", "translate(" + LEFT + " " + top + ")");
    frame();
  }

  /** The root of a picture; to be closed. */
  static Markup begin(String id, String title, String description, int height) {
    return new Markup()
        .open(
            "svg",
            "viewBox",
            "0 0 " + WIDTH + " " + height,
            "role",
            "img",
            "aria-labelledby",
            id + "-title " + id + "-desc",
            "class",
            "plot")
        .leaf("title", title, "id", id + "-title")
        .leaf("desc", description, "id", id + "-desc");
  }

  private void frame() {
    for (double tick : x.ticks()) {
      String at = number(width * x.at(tick));
      svg.empty("line", "class", "grid", "x1", at, "x2", at, "y1", 0, "y2", height);
      svg.leaf(
          "text",
          x.text(tick),
          "class",
          "tick",
          "x",
          at,
          "y",
          height + 18,
          "text-anchor",
          "middle");
    }
    for (double tick : y.ticks()) {
      String at = number(height * (1 - y.at(tick)));
      svg.empty("line", "class", "grid", "y1", at, "y2", at, "x1", 0, "x2", width);
      svg.leaf(
          "text",
          y.text(tick),
          "class",
          "tick",
          "x",
          -8,
          "y",
          at,
          "dy",
          "0.35em",
          "text-anchor",
          "end");
    }
    if (!y.label().isEmpty()) {
      svg.leaf("text", y.label(), "class", "axis", "x", -LEFT + 2, "y", -16);
    }
    svg.leaf(
        "text", x.label(), "class", "axis", "x", width, "y", height + 40, "text-anchor", "end");
  }

  String x(double value) {
    return number(width * x.at(value));
  }

  String y(double value) {
    return number(height * (1 - y.at(value)));
  }

  /** For marks; their coordinates are those that {@link #x} and {@link #y} give. */
  Markup marks() {
    return svg;
  }

  /** The part of y = intercept + slope · x that lies inside, if any. */
  void line(String style, double intercept, double slope) {
    double from = x.low();
    double to = x.high();
    if (slope != 0) {
      double one = (y.low() - intercept) / slope;
      double other = (y.high() - intercept) / slope;
      from = Math.max(from, Math.min(one, other));
      to = Math.min(to, Math.max(one, other));
    } else if (intercept < y.low() || intercept > y.high()) {
      return;
    }
    if (from < to) {
      segment(style, from, intercept + slope * from, to, intercept + slope * to);
    }
  }

  void segment(String style, double x1, double y1, double x2, double y2) {
    svg.empty("line", "class", style, "x1", x(x1), "y1", y(y1), "x2", x(x2), "y2", y(y2));
  }

  Markup end() {
    return svg.close().close();
  }

  /** With one decimal: finer than any screen. */
  static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value).replace(".0", "");
  }
}
