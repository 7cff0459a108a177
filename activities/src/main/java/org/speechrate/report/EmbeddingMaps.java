package org.speechrate.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.speechrate.report.ReportData.Embedded;
import org.speechrate.stage.StageMonitor;

/** The test split's embeddings on a plane, by PCA and by t-SNE, coloured by cps and by speaker. */
public final class EmbeddingMaps {
  /** t-SNE compares each with each: these take it a few seconds. */
  public static final int MOST_POINTS = 1500;

  /** Values of all points together, so that very long embeddings take no longer. */
  private static final int MOST_VALUES = 4_000_000;

  /** Eigenvectors of more than this many points or dimensions would take long. */
  private static final int MOST_COMPARED = 1024;

  private static final int FEWEST_POINTS = 10;
  private static final int COLOURS = 5;
  private static final int NAMED_SPEAKERS = 8;
  private static final int LONGEST_NAME = 24;
  private static final int SIZE = 390;

  private static final String HEADING = "Map of the embeddings";
  private static final String NEAR =
      "Each point is an utterance; near points have similar embeddings. ";
  private static final String BY_CPS =
      "Colours that lie in order, from one side to the other, mean that the embeddings hold the"
          + " speech rate; colours that are mixed everywhere mean that they hardly do.";
  private static final String BY_SPEAKER =
      "Heaps of one colour mean that the embeddings tell who speaks, as they are made to. A model can"
          + " then learn a speaker's habit, not the pace of one sentence.";
  private static final String TSNE =
      " t-SNE keeps neighbours together; distances between heaps, and their sizes, mean nothing.";

  private EmbeddingMaps() {}

  /** How many points a map of embeddings of this length takes. */
  public static int points(int dimension) {
    int most = dimension > MOST_COMPARED ? MOST_COMPARED : MOST_POINTS;
    return Math.max(FEWEST_POINTS, Math.min(most, MOST_VALUES / Math.max(1, dimension)));
  }

  /**
   * @param utterances how many there are on the test split
   */
  static Markup draw(List<Embedded> embeddings, long utterances, StageMonitor monitor) {
    if (embeddings.size() < FEWEST_POINTS) {
      return Figure.missing(
          HEADING,
          String.format(
              Locale.ROOT,
              "A map needs at least %d utterances on the test split, there %s.",
              FEWEST_POINTS,
              embeddings.size() == 1 ? "is 1" : "are " + embeddings.size()));
    }
    int dimension = embeddings.get(0).embedding().length;
    if (dimension < 2) {
      return Figure.missing(
          HEADING, "Embeddings of 1 value lie on a line; there is no map of them.");
    }
    List<Embedded> drawn = Spread.over(embeddings, points(dimension));
    float[][] points = drawn.stream().map(Embedded::embedding).toArray(float[][]::new);
    if (Arrays.stream(points).allMatch(point -> Arrays.equals(point, points[0]))) {
      return Figure.missing(HEADING, "All embeddings of the test split are the same.");
    }
    monitor.progress("map of embeddings: PCA", 0, 0);
    PrincipalComponents components = PrincipalComponents.of(points);
    double[][] tsne = Tsne.place(points, components.places(), monitor);
    String caption = Spread.caption(drawn.size(), utterances);
    String shares =
        String.format(
            Locale.ROOT,
            " The two directions hold %s %% of the embeddings' variance.",
            Numbers.fixed(100 * (components.shares()[0] + components.shares()[1]), 0));
    Colouring cps = byCps(drawn);
    Markup maps =
        new Markup()
            .add(
                figure(
                    "pca-cps",
                    "PCA, by speech rate",
                    components.places(),
                    cps,
                    caption + shares,
                    NEAR + BY_CPS))
            .add(
                figure(
                    "tsne-cps", "t-SNE, by speech rate", tsne, cps, caption, NEAR + BY_CPS + TSNE));
    if (drawn.stream().allMatch(each -> each.speaker().isBlank())) {
      return maps.add(
          Figure.missing("Maps by speaker", "No speaker is known, so none can be coloured."));
    }
    Colouring speakers = bySpeaker(drawn);
    return maps.add(
            figure(
                "pca-speaker",
                "PCA, by speaker",
                components.places(),
                speakers,
                caption + shares,
                NEAR + BY_SPEAKER))
        .add(
            figure(
                "tsne-speaker",
                "t-SNE, by speaker",
                tsne,
                speakers,
                caption,
                NEAR + BY_SPEAKER + TSNE));
  }

  /**
   * A class for each point.
   *
   * @param styles of the classes, for the style sheet
   * @param names of the classes, for the legend
   * @param shapes of the classes' marks
   * @param of each point, in the points' order
   */
  private record Colouring(
      String what, List<String> styles, List<String> names, List<Shape> shapes, List<Integer> of) {}

  private enum Shape {
    DOT,
    SQUARE,
    TRIANGLE
  }

  private static Colouring byCps(List<Embedded> points) {
    double[] sorted = points.stream().mapToDouble(Embedded::trueCps).sorted().toArray();
    List<Double> edges =
        IntStream.range(1, COLOURS)
            .mapToObj(i -> sorted[i * sorted.length / COLOURS])
            .distinct()
            .filter(edge -> edge > sorted[0])
            .toList();
    List<String> styles = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Shape> shapes = new ArrayList<>();
    for (int i = 0; i <= edges.size(); i++) {
      // Where fewer classes are left, the outer colours stay.
      int colour = edges.isEmpty() ? COLOURS / 2 : i * (COLOURS - 1) / edges.size();
      styles.add("rate" + colour);
      shapes.add(Shape.DOT);
      double low = i == 0 ? sorted[0] : edges.get(i - 1);
      double high = i == edges.size() ? sorted[sorted.length - 1] : edges.get(i);
      names.add(Numbers.fixed(low, 1) + " to " + Numbers.fixed(high, 1));
    }
    List<Integer> of =
        points.stream()
            .map(point -> (int) edges.stream().filter(edge -> point.trueCps() >= edge).count())
            .toList();
    return new Colouring("letters/s", styles, names, shapes, of);
  }

  private static Colouring bySpeaker(List<Embedded> points) {
    Map<String, Integer> counts = new HashMap<>();
    points.forEach(point -> counts.merge(point.speaker(), 1, Integer::sum));
    counts.remove("");
    List<String> named =
        counts.entrySet().stream()
            .sorted(
                Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(NAMED_SPEAKERS)
            .map(Map.Entry::getKey)
            .toList();
    List<String> styles = new ArrayList<>(List.of("others"));
    List<String> names = new ArrayList<>(List.of("others"));
    List<Shape> shapes = new ArrayList<>(List.of(Shape.DOT));
    for (int i = 0; i < named.size(); i++) {
      styles.add("speaker" + i);
      names.add(Markup.shorten(named.get(i), LONGEST_NAME));
      shapes.add(Shape.values()[i % Shape.values().length]);
    }
    List<Integer> of = points.stream().map(point -> named.indexOf(point.speaker()) + 1).toList();
    return new Colouring("speaker", styles, names, shapes, of);
  }

  private static Markup figure(
      String id,
      String heading,
      double[][] places,
      Colouring colours,
      String caption,
      String howToRead) {
    Legend legend = new Legend().text(colours.what() + ": ");
    for (int i = 0; i < colours.styles().size(); i++) {
      if (colours.of().contains(i)) {
        legend.item(key(colours.shapes().get(i), colours.styles().get(i)), colours.names().get(i));
      }
    }
    return Figure.of(
        heading, legend.above(picture(id, heading, places, colours)), caption, howToRead);
  }

  private static Markup key(Shape shape, String style) {
    Markup key =
        new Markup().open("svg", "class", "mark", "viewBox", "-6 -6 12 12", "aria-hidden", "true");
    mark(key, shape, style, 0, 0, 4.5);
    return key.close();
  }

  private static Markup picture(String id, String heading, double[][] places, Colouring colours) {
    double[] middle = new double[2];
    double reach = 0;
    for (int k = 0; k < 2; k++) {
      int component = k;
      var range = Arrays.stream(places).mapToDouble(place -> place[component]).summaryStatistics();
      middle[k] = (range.getMax() + range.getMin()) / 2;
      // The same scale both ways: distances are what the map shows.
      reach = Math.max(reach, (range.getMax() - range.getMin()) / 2);
    }
    double scale = reach > 0 ? (SIZE / 2.0 - 8) / reach : 0;
    Markup svg =
        Plot.begin(
                id,
                "Map of embeddings, " + heading,
                places.length + " utterances as points, near where their embeddings are similar.",
                SIZE)
            .empty(
                "rect",
                "class",
                "frame",
                "x",
                "0.5",
                "y",
                "0.5",
                "width",
                Plot.WIDTH - 1,
                "height",
                SIZE - 1);
    for (int style = 0; style < colours.styles().size(); style++) {
      svg.open("g", "class", "cloud");
      for (int i = 0; i < places.length; i++) {
        if (colours.of().get(i) == style) {
          mark(
              svg,
              colours.shapes().get(style),
              colours.styles().get(style),
              Plot.WIDTH / 2.0 + scale * (places[i][0] - middle[0]),
              SIZE / 2.0 - scale * (places[i][1] - middle[1]),
              3.2);
        }
      }
      svg.close();
    }
    return svg.close();
  }

  private static void mark(Markup svg, Shape shape, String style, double x, double y, double size) {
    switch (shape) {
      case DOT ->
          svg.empty(
              "circle",
              "class",
              style,
              "cx",
              Plot.number(x),
              "cy",
              Plot.number(y),
              "r",
              Plot.number(size));
      case SQUARE ->
          svg.empty(
              "rect",
              "class",
              style,
              "x",
              Plot.number(x - size),
              "y",
              Plot.number(y - size),
              "width",
              Plot.number(2 * size),
              "height",
              Plot.number(2 * size));
      case TRIANGLE ->
          svg.empty(
              "path",
              "class",
              style,
              "d",
              String.format(
                  Locale.ROOT,
                  "M%s %sl%s %sh%sz",
                  Plot.number(x),
                  Plot.number(y - 1.2 * size),
                  Plot.number(1.2 * size),
                  Plot.number(2.2 * size),
                  Plot.number(-2.4 * size)));
    }
  }
}
