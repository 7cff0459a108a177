package org.speechrate.notebook;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.speechrate.notebook.Figure.Axis;
import org.speechrate.notebook.Figure.Series;
import org.speechrate.notebook.Figure.Style;
import org.speechrate.pipeline.Counts;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.FloatColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * Pictures of a run's tables, and of embeddings. Each takes a table as {@link Speechrate} gives it,
 * or some of its rows, and throws {@link NotebookException} where a column is absent or there are
 * no rows.
 */
public final class Charts {
  private static final String TRUE_CPS = "true speech rate in letters/s";
  private static final String PREDICTED_CPS = "predicted speech rate in letters/s";
  private static final String ERROR = "predicted minus true, in letters/s";
  private static final String MSE = "mean squared error in (letters/s)²";

  /** Colours and shapes stand for the same split in all charts. */
  private static final List<String> SPLITS = List.of("train", "dev", "test");

  /** Of a histogram, in letters/s. */
  private static final double BIN = 1;

  private static final int MOST_NAMES = 60;
  private static final int LONGEST_NAME = 48;

  private Charts() {}

  /**
   * Each utterance as a point, right of its true speech rate and above it the predicted one; both
   * axes have the same range, so that a perfect prediction lies on the diagonal.
   *
   * @param predictions {@link Speechrate#predictions}
   */
  public static Chart predictedAgainstTrue(Table predictions) {
    return scatter(predictions).chart();
  }

  static Figure scatter(Table predictions) {
    requireRows(predictions, "predictions");
    DoubleColumn truth = column(predictions, "true_cps");
    DoubleColumn predicted = column(predictions, "predicted_cps");
    // The next whole letters per second, so that no point lies on the frame.
    double low = Math.floor(Math.min(truth.min(), predicted.min()) - 0.5);
    double high = Math.ceil(Math.max(truth.max(), predicted.max()) + 0.5);
    double[] ends = {low, high};
    List<Series> series = new ArrayList<>();
    series.add(Series.of("predicted = true", Style.RULE, 0, ends, ends));
    series.addAll(bySplit(predictions, "true_cps", "predicted_cps"));
    return new Figure(
        "Predicted against true speech rate",
        Axis.of(TRUE_CPS).from(low, high),
        Axis.of(PREDICTED_CPS).from(low, high),
        640,
        692,
        series,
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
   * Each utterance as a point, right of its true speech rate and above it the error. A line that
   * falls from left to right says that the model does not dare to leave the mean.
   *
   * @param predictions {@link Speechrate#predictions}
   */
  public static Chart residuals(Table predictions) {
    return errors(predictions).chart();
  }

  static Figure errors(Table predictions) {
    Table table = withErrors(predictions);
    DoubleColumn truth = column(table, "true_cps");
    DoubleColumn error = column(table, "error");
    double low = Math.floor(truth.min() - 0.5);
    double high = Math.ceil(truth.max() + 0.5);
    List<Series> series = new ArrayList<>();
    series.add(zero(low, high));
    series.addAll(bySplit(table, "true_cps", "error"));
    return new Figure(
        "Errors against true speech rate",
        Axis.of(TRUE_CPS).from(low, high),
        Axis.of(ERROR),
        640,
        460,
        series,
        String.format(
            Locale.ROOT,
            "Scatter plot of predicted minus true speech rate in letters per second against the"
                + " true one, %s: errors from %.1f to %.1f, on average %.2f. A line marks no error.",
            utterances(table.rowCount()),
            error.min(),
            error.max(),
            error.mean()));
  }

  /**
   * Each utterance's error as a point above its speaker; speakers by their mean error, which a
   * diamond marks.
   *
   * @param predictions {@link Speechrate#predictions}; at most 60 speakers are shown, the worst
   *     ones by their mean squared error
   */
  public static Chart perSpeaker(Table predictions) {
    return speakers(predictions).chart();
  }

  /** One speaker's utterances. */
  private record Speaker(String name, Table rows) {
    double meanError() {
      return rows.doubleColumn("error").mean();
    }

    double mse() {
      return rows.doubleColumn("error").multiply(rows.doubleColumn("error")).mean();
    }
  }

  static Figure speakers(Table predictions) {
    Table table = withErrors(predictions);
    StringColumn names = words(table, "speaker_id");
    List<Speaker> all =
        names.unique().asList().stream()
            .map(name -> new Speaker(name, table.where(names.isEqualTo(name))))
            .toList();
    List<Speaker> shown =
        all.stream()
            .sorted(Comparator.comparingDouble(Speaker::mse).reversed())
            .limit(MOST_NAMES)
            .sorted(Comparator.comparingDouble(Speaker::meanError))
            .toList();
    List<Series> series = new ArrayList<>();
    series.add(zero(-0.5, shown.size() - 0.5));
    for (String split : splits(table)) {
      List<Double> x = new ArrayList<>();
      List<Double> y = new ArrayList<>();
      List<String> hover = new ArrayList<>();
      for (int i = 0; i < shown.size(); i++) {
        for (Row row : shown.get(i).rows()) {
          if (row.getString("split").equals(split)) {
            x.add((double) i);
            y.add(row.getDouble("error"));
            hover.add(hover(row));
          }
        }
      }
      if (!x.isEmpty()) {
        series.add(
            new Series(
                split + ", " + utterances(x.size()), Style.POINTS, look(split), x, y, hover));
      }
    }
    series.add(
        Series.of(
            "a speaker's mean error",
            Style.POINTS,
            3,
            IntStream.range(0, shown.size()).asDoubleStream().toArray(),
            shown.stream().mapToDouble(Speaker::meanError).toArray(),
            shown.stream()
                .map(
                    speaker ->
                        String.format(
                            Locale.ROOT,
                            "%s: mean error %+.2f, MSE %.2f, %s",
                            speaker.name(),
                            speaker.meanError(),
                            speaker.mse(),
                            utterances(speaker.rows().rowCount())))
                .toList()));
    Speaker worst = all.stream().max(Comparator.comparingDouble(Speaker::mse)).orElseThrow();
    return new Figure(
        shown.size() < all.size()
            ? String.format("Errors by speaker, the worst %d of %d", shown.size(), all.size())
            : "Errors by speaker",
        Axis.named("speaker", shown.stream().map(Speaker::name).toList()),
        Axis.of(ERROR),
        Math.max(560, 80 + 22 * shown.size()),
        480,
        series,
        String.format(
            Locale.ROOT,
            "Errors of %s of %d speakers, in letters per second; the largest mean squared error is"
                + " %.2f, of speaker %s, whose mean error is %+.2f.",
            utterances(table.rowCount()),
            all.size(),
            worst.mse(),
            worst.name(),
            worst.meanError()));
  }

  /**
   * How many utterances have which speech rate, in bins of one letter per second.
   *
   * @param labels {@link Speechrate#labels}
   */
  public static Chart cpsDistribution(Table labels) {
    return histogram(labels).chart();
  }

  static Figure histogram(Table labels) {
    requireRows(labels, "labels");
    DoubleColumn cps = column(labels, "cps");
    double low = Math.floor(cps.min() / BIN) * BIN;
    int bins = (int) Math.floor((cps.max() - low) / BIN) + 1;
    List<Series> series = new ArrayList<>();
    for (String split : splits(labels)) {
      DoubleColumn values = column(of(labels, split), "cps");
      // From the floor up, over the bins, and down again.
      double[] x = new double[bins + 2];
      double[] y = new double[bins + 2];
      Arrays.setAll(x, i -> low + Math.max(0, i - 1) * BIN);
      for (double value : values.removeMissing()) {
        y[1 + (int) Math.floor((value - low) / BIN)]++;
      }
      List<String> hover = new ArrayList<>();
      for (int i = 0; i < x.length; i++) {
        hover.add(
            String.format(
                Locale.ROOT, "%s, %.0f to %.0f letters/s: %.0f", split, x[i], x[i] + BIN, y[i]));
      }
      series.add(
          Series.of(
              split + ", " + utterances(values.size()), Style.STEPS, look(split), x, y, hover));
    }
    return new Figure(
        "Distribution of the speech rate",
        Axis.of("speech rate in letters/s"),
        Axis.of("utterances per letter/s"),
        720,
        420,
        series,
        String.format(
            Locale.ROOT,
            "Histogram of the speech rate of %s: from %.1f to %.1f letters per second, mean %.1f,"
                + " standard deviation %.1f.",
            utterances(labels.rowCount()),
            cps.min(),
            cps.max(),
            cps.mean(),
            cps.standardDeviation()));
  }

  /**
   * Each utterance as a point, right of its length and above it the speech rate.
   *
   * @param labels {@link Speechrate#labels} of a run that had a corpus
   */
  public static Chart durations(Table labels) {
    return lengths(labels).chart();
  }

  static Figure lengths(Table labels) {
    requireRows(labels, "labels");
    Table known = labels.where(column(labels, "seconds").isNotMissing());
    if (known.isEmpty()) {
      throw new NotebookException(
          "nothing to draw: no utterance's length is known; the run read labels, and no corpus");
    }
    DoubleColumn seconds = column(known, "seconds");
    return new Figure(
        "Speech rate against length",
        Axis.of("length in s").from(0, Math.ceil(seconds.max() + 0.2)),
        Axis.of("speech rate in letters/s"),
        640,
        460,
        bySplit(known, "seconds", "cps"),
        String.format(
            Locale.ROOT,
            "Scatter plot of the speech rate in letters per second against the length of %s: from"
                + " %.1f to %.1f s, together %.1f minutes.",
            utterances(known.rowCount()),
            seconds.min(),
            seconds.max(),
            seconds.sum() / 60));
  }

  /**
   * Mean squared errors by epoch, and the epoch with the lowest one on dev.
   *
   * @param history {@link Speechrate#history}
   */
  public static Chart losses(Table history) {
    return lines(history).chart();
  }

  static Figure lines(Table history) {
    requireRows(history, "losses");
    StringBuilder altText = new StringBuilder("Line chart of the mean squared error by epoch");
    List<Series> series = new ArrayList<>();
    addLoss(series, history, "train", Style.LINE, altText);
    // Told apart in black and white too.
    addLoss(series, history, "dev", Style.DASHED, altText);
    Table dev = history.where(column(history, "dev_mse").isNotMissing());
    if (dev.rowCount() > 0) {
      Table lowest = dev.where(column(dev, "dev_mse").isEqualTo(column(dev, "dev_mse").min()));
      double epoch = column(lowest, "epoch").get(0);
      double mse = column(lowest, "dev_mse").get(0);
      series.add(
          Series.of(
              String.format(Locale.ROOT, "lowest dev: %.3f in epoch %.0f", mse, epoch),
              Style.POINTS,
              3,
              new double[] {epoch},
              new double[] {mse}));
      altText.append(
          String.format(Locale.ROOT, "; the lowest on dev is %.3f in epoch %.0f", mse, epoch));
    }
    double most =
        series.stream().flatMap(each -> each.y().stream()).max(Double::compare).orElse(1.0);
    DoubleColumn epoch = column(history, "epoch");
    return new Figure(
        "Losses while training",
        Axis.of("epoch").from(epoch.min(), Math.max(epoch.max(), epoch.min() + 1)),
        Axis.of(MSE).from(0, most * 1.05),
        720,
        420,
        series,
        altText.append('.').toString());
  }

  private static void addLoss(
      List<Series> series, Table history, String split, Style style, StringBuilder altText) {
    Table known = history.where(column(history, split + "_mse").isNotMissing());
    if (known.rowCount() == 0) {
      return;
    }
    DoubleColumn loss = column(known, split + "_mse");
    series.add(
        Series.of(
            split,
            style,
            look(split),
            column(known, "epoch").asDoubleArray(),
            loss.asDoubleArray()));
    altText.append(
        String.format(
            Locale.ROOT, "; %s from %.3f to %.3f", split, loss.get(0), loss.get(loss.size() - 1)));
  }

  /**
   * The dev MSE of each variant, the best at the top.
   *
   * @param leaderboard {@link Speechrate#leaderboard}; at most 60 variants are shown
   */
  public static Chart leaderboard(Table leaderboard) {
    return ranks(leaderboard).chart();
  }

  static Figure ranks(Table leaderboard) {
    Table ranked = leaderboard.where(column(leaderboard, "rank").isNotMissing());
    requireRows(ranked, "ranked variants");
    Table shown = ranked.sortAscendingOn("rank").first(Math.min(MOST_NAMES, ranked.rowCount()));
    int first = shown.columnIndex("epochs") + 1;
    List<String> fields = shown.columnNames().subList(first, shown.columnIndex("failure"));
    List<String> names = new ArrayList<>();
    List<String> hover = new ArrayList<>();
    for (Row row : shown) {
      StringBuilder name = new StringBuilder();
      for (String field : fields) {
        name.append(name.length() == 0 ? "" : ", ")
            .append(field.substring(field.lastIndexOf('.') + 1))
            .append(' ')
            .append(row.getString(field));
      }
      names.add(row.getInt("rank") + ". " + shortened(name.toString()));
      hover.add(
          String.format(
              Locale.ROOT,
              "%s: dev MSE %.4f, epoch %d of %d kept, %s",
              name,
              row.getDouble("dev_mse"),
              row.getInt("kept_epoch"),
              row.getInt("epochs"),
              row.getString("state")));
    }
    int n = names.size();
    double[] y = IntStream.range(0, n).mapToDouble(i -> n - 1 - i).toArray();
    java.util.Collections.reverse(names);
    DoubleColumn mse = column(shown, "dev_mse");
    return new Figure(
        n < ranked.rowCount()
            ? String.format("Variants, the best %d of %d", n, ranked.rowCount())
            : "Variants",
        Axis.of("dev " + MSE),
        Axis.named("", names),
        760,
        130 + 26 * n,
        List.of(Series.of("dev MSE", Style.POINTS, 1, mse.asDoubleArray(), y, hover)),
        String.format(
            Locale.ROOT,
            "Dot plot of the dev mean squared error of %d variants: from %.3f, the best one being %s,"
                + " to %.3f.",
            n,
            mse.min(),
            names.get(n - 1),
            mse.max()));
  }

  /**
   * R² on test of each layer, by ridge regression and by a network, with 95 % intervals.
   *
   * @param layers {@link Speechrate#layers}
   */
  public static Chart layers(Table layers) {
    return probes(layers).chart();
  }

  static Figure probes(Table layers) {
    requireRows(layers, "layers");
    List<String> names = words(layers, "layer").asList();
    List<Series> series = new ArrayList<>();
    series.add(zero(-0.5, names.size() - 0.5));
    StringBuilder altText = new StringBuilder("R² on the test split by layer");
    for (String kind : List.of("ridge", "network")) {
      int look = kind.equals("ridge") ? 0 : 1;
      double shift = kind.equals("ridge") ? -0.1 : 0.1; // side by side, where intervals overlap
      double[] r2 = column(layers, kind + "_test_r2").asDoubleArray();
      double[] low = column(layers, kind + "_test_low").asDoubleArray();
      double[] high = column(layers, kind + "_test_high").asDoubleArray();
      double[] x = IntStream.range(0, r2.length).mapToDouble(i -> i + shift).toArray();
      // Each interval a line of its own: low, high, gap.
      double[] lineX = new double[3 * x.length];
      double[] lineY = new double[3 * x.length];
      List<String> hover = new ArrayList<>();
      boolean intervals = false;
      for (int i = 0; i < x.length; i++) {
        lineX[3 * i] = x[i];
        lineX[3 * i + 1] = x[i];
        lineX[3 * i + 2] = x[i];
        lineY[3 * i] = low[i];
        lineY[3 * i + 1] = high[i];
        lineY[3 * i + 2] = Double.NaN;
        intervals |= !Double.isNaN(low[i]);
        hover.add(
            String.format(
                Locale.ROOT,
                "%s, %s: R² %.3f, 95 %% from %.3f to %.3f",
                names.get(i),
                kind,
                r2[i],
                low[i],
                high[i]));
      }
      series.add(Series.of(kind, Style.POINTS, look, x, r2, hover));
      if (intervals) {
        series.add(Series.of(kind + ", 95 %", Style.LINE, look, lineX, lineY));
      }
      IntStream.range(0, r2.length)
          .filter(i -> !Double.isNaN(r2[i]))
          .boxed()
          .max(Comparator.comparingDouble(i -> r2[i]))
          .ifPresent(
              best ->
                  altText.append(
                      String.format(
                          Locale.ROOT,
                          "; the largest by %s is %.3f, of %s",
                          kind,
                          r2[best],
                          names.get(best))));
    }
    return new Figure(
        "What each layer tells of the speech rate",
        Axis.named("layer", names),
        Axis.of("R² on test"),
        Math.max(560, 100 + 40 * names.size()),
        460,
        series,
        altText.append('.').toString());
  }

  /**
   * Each recording as a point, near those with similar embeddings: what the first two principal
   * components keep of them.
   *
   * @param column of {@link Embeddings#table()}, such as speaker, that gives colours and shapes
   */
  public static Chart map(Embeddings embeddings, String column) {
    return map(embeddings, embeddings.table(), column);
  }

  /**
   * The same with what another table tells of the recordings, such as {@link
   * Speechrate#predictions(org.speechrate.pipeline.predict.PredictResult)}.
   *
   * @param about has the column sample_id; recordings that it lacks are grey
   * @param column of decimal numbers, which are cut into four quarters, or of anything else, whose
   *     24 most frequent values are told apart
   */
  public static Chart map(Embeddings embeddings, Table about, String column) {
    return cloud(embeddings, about, column).chart();
  }

  static Figure cloud(Embeddings embeddings, Table about, String column) {
    List<String> ids = embeddings.ids();
    if (ids.size() < 2) {
      throw new NotebookException("nothing to draw: a map needs 2 embeddings, there is 1");
    }
    require(about, "sample_id");
    require(about, column);
    Map<String, Integer> rows = new HashMap<>();
    for (int row = 0; row < about.rowCount(); row++) {
      rows.put(about.getString(row, "sample_id"), row);
    }
    List<String> hover =
        ids.stream()
            .map(id -> rows.containsKey(id) ? hover(new Row(about, rows.get(id))) : id)
            .toList();
    PrincipalComponents found = PrincipalComponents.of(embeddings.matrix());
    List<Series> series = new ArrayList<>();
    Set<Integer> others = new LinkedHashSet<>(IntStream.range(0, ids.size()).boxed().toList());
    Set<String> names = new HashSet<>();
    groups(ids, rows, about.column(column))
        .forEach(
            (name, members) -> {
              series.add(
                  points(legend(name, members, names), series.size(), members, found, hover));
              members.forEach(others::remove);
            });
    if (!others.isEmpty()) {
      List<Integer> members = List.copyOf(others);
      series.add(points(legend("others", members, names), Figure.NO_LOOK, members, found, hover));
    }
    // Both axes have one scale, as distances count.
    double[] low = new double[2];
    double[] high = new double[2];
    for (double[] place : found.places()) {
      for (int k = 0; k < 2; k++) {
        low[k] = Math.min(low[k], place[k]);
        high[k] = Math.max(high[k], place[k]);
      }
    }
    double half = 0.54 * Math.max(Math.max(high[0] - low[0], high[1] - low[1]), Float.MIN_NORMAL);
    Axis[] axes = new Axis[2];
    for (int k = 0; k < 2; k++) {
      double middle = (low[k] + high[k]) / 2;
      axes[k] =
          Axis.of(
                  String.format(
                      Locale.ROOT,
                      "%s principal component, %.0f %% of the variance",
                      k == 0 ? "first" : "second",
                      100 * found.shares()[k]))
              .from(middle - half, middle + half);
    }
    return new Figure(
        "Map of the embeddings by " + column,
        axes[0],
        axes[1],
        Figure.hasLegendAside(series) ? 800 : 640,
        Figure.hasLegendAside(series) ? 640 : 692,
        series,
        String.format(
            Locale.ROOT,
            "Scatter plot of %s by the first two principal components of their embeddings, which"
                + " hold %.0f %% and %.0f %% of the variance, by %s: %s.",
            Counts.of(ids.size(), "recording"),
            100 * found.shares()[0],
            100 * found.shares()[1],
            column,
            String.join(", ", series.stream().map(Series::name).toList())));
  }

  /** Of a group; no two are the same, also of long names that differ at their ends. */
  private static String legend(String name, List<Integer> members, Set<String> names) {
    String legend = String.format(Locale.ROOT, "%s (%,d)", shortened(name), members.size());
    while (!names.add(legend)) {
      legend += " ";
    }
    return legend;
  }

  /** A group of recordings on the map. */
  private static Series points(
      String name, int look, List<Integer> members, PrincipalComponents found, List<String> hover) {
    return new Series(
        name,
        Style.POINTS,
        look,
        members.stream().map(i -> found.places()[i][0]).toList(),
        members.stream().map(i -> found.places()[i][1]).toList(),
        members.stream().map(hover::get).toList());
  }

  /**
   * Which recordings have which value, in the values' order; none of those that have no value, or a
   * rare one.
   *
   * @param rows of the column, by id
   */
  private static Map<String, List<Integer>> groups(
      List<String> ids, Map<String, Integer> rows, Column<?> column) {
    List<Integer> known =
        IntStream.range(0, ids.size())
            .filter(i -> rows.containsKey(ids.get(i)) && !column.isMissing(rows.get(ids.get(i))))
            .boxed()
            .toList();
    if (column instanceof DoubleColumn || column instanceof FloatColumn) {
      DoubleColumn numbers = ((NumericColumn<?>) column).asDoubleColumn();
      return quarters(known, i -> numbers.getDouble(rows.get(ids.get(i))));
    }
    Map<String, List<Integer>> groups = new TreeMap<>();
    for (int i : known) {
      groups
          .computeIfAbsent(column.getString(rows.get(ids.get(i))), name -> new ArrayList<>())
          .add(i);
    }
    groups
        .keySet()
        .retainAll(
            groups.entrySet().stream()
                .sorted(Comparator.comparingInt(group -> -group.getValue().size()))
                .limit(Figure.LOOKS)
                .map(Map.Entry::getKey)
                .toList());
    return groups;
  }

  /** Equal values are in one quarter. */
  private static Map<String, List<Integer>> quarters(List<Integer> known, IntToDoubleFunction of) {
    double[] sorted = known.stream().mapToDouble(of::applyAsDouble).sorted().toArray();
    Map<String, List<Integer>> quarters = new LinkedHashMap<>();
    int from = 0;
    for (int quarter = 1; quarter <= 4 && from < sorted.length; quarter++) {
      int to = Math.max(from + 1, sorted.length * quarter / 4);
      while (to < sorted.length && sorted[to] == sorted[to - 1]) {
        to++;
      }
      double least = sorted[from];
      double most = sorted[to - 1];
      // Numbers that look the same are in one group.
      List<Integer> members =
          quarters.computeIfAbsent(
              String.format(Locale.ROOT, "%.4g to %.4g", least, most), name -> new ArrayList<>());
      known.stream()
          .filter(i -> of.applyAsDouble(i) >= least && of.applyAsDouble(i) <= most)
          .forEach(members::add);
      from = to;
    }
    return quarters;
  }

  private static Series zero(double from, double to) {
    return Series.of("0", Style.RULE, 0, new double[] {from, to}, new double[] {0, 0});
  }

  private static Table withErrors(Table predictions) {
    requireRows(predictions, "predictions");
    DoubleColumn error =
        column(predictions, "predicted_cps").subtract(column(predictions, "true_cps"));
    return Table.create(predictions.name(), predictions.columns())
        .copy()
        .addColumns(error.setName("error"));
  }

  private static List<Series> bySplit(Table table, String x, String y) {
    List<Series> series = new ArrayList<>();
    for (String split : splits(table)) {
      Table rows = of(table, split);
      List<String> hover = new ArrayList<>();
      for (Row row : rows) {
        hover.add(hover(row));
      }
      series.add(
          Series.of(
              split + ", " + utterances(rows.rowCount()),
              Style.POINTS,
              look(split),
              column(rows, x).asDoubleArray(),
              column(rows, y).asDoubleArray(),
              hover));
    }
    return series;
  }

  /** All that a row tells, but for what is long or not known. */
  private static String hover(Row row) {
    StringBuilder text = new StringBuilder();
    for (String name : row.columnNames()) {
      if (!row.isMissing(name)) {
        Object value = row.getObject(name);
        text.append(text.length() == 0 ? "" : ", ")
            .append(name)
            .append(' ')
            .append(
                value instanceof Double number
                    ? String.format(Locale.ROOT, "%.2f", number)
                    : shortened(String.valueOf(value)));
      }
    }
    return text.toString();
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME - 1) + "…";
  }

  private static List<String> splits(Table table) {
    return words(table, "split").asList().stream().distinct().toList();
  }

  private static Table of(Table table, String split) {
    return table.where(words(table, "split").isEqualTo(split));
  }

  private static int look(String split) {
    int known = SPLITS.indexOf(split);
    return known < 0 ? SPLITS.size() : known;
  }

  private static void requireRows(Table table, String what) {
    if (table.rowCount() == 0) {
      throw new NotebookException("nothing to draw: the table of " + what + " has no rows");
    }
  }

  private static DoubleColumn column(Table table, String name) {
    require(table, name);
    NumericColumn<?> column = table.numberColumn(name);
    return column.asDoubleColumn();
  }

  private static StringColumn words(Table table, String name) {
    require(table, name);
    return table.stringColumn(name);
  }

  private static void require(Table table, String name) {
    if (!table.containsColumn(name)) {
      throw new NotebookException(
          "nothing to draw: no column " + name + "; the table has " + table.columnNames());
    }
  }

  private static String utterances(int n) {
    return n == 1 ? "1 utterance" : n + " utterances";
  }
}
