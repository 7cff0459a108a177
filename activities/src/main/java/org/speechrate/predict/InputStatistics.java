package org.speechrate.predict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.LongStream;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.store.Json;

/**
 * What embeddings are like, so that others can be held against them: of many rows, of an even
 * choice of them.
 *
 * @param rows that were looked at
 * @param norms Euclidean
 * @param means of each dimension
 * @param variances of each dimension
 */
public record InputStatistics(long rows, Norms norms, List<Float> means, List<Float> variances) {
  /** Name of the file in a version's folder. */
  public static final String FILE = "inputs.json";

  /** Enough to know a mean to half a percent of its spread. */
  private static final int MOST_ROWS = 50_000;

  /** Norms that are all one leave no room for the last digits of floats. */
  private static final double ROUNDING = 0.01;

  /**
   * A row is one standard deviation away on the average, the mean of one speaker's rows a little
   * less: more is another encoder or another way of using it.
   */
  private static final double MOST_SHIFT = 1.5;

  /** A dimension that is nearly constant has this share of the mean variance. */
  private static final double LEAST_VARIANCE = 0.001;

  /**
   * Lengths of the embeddings.
   *
   * @param low 1st percentile
   * @param high 99th percentile
   */
  public record Norms(double mean, double low, double high) {}

  /** Of the rows of a dataset's train split. */
  public static InputStatistics ofTrainSplit(Path samplesCsv, Path xNpy) throws IOException {
    EvenChoice choice = new EvenChoice();
    SampleTable.forEach(
        samplesCsv,
        sample -> {
          if (sample.split().equals("train")) {
            choice.add(sample.row());
          }
        });
    return of(EmbeddingMatrix.open(xNpy), choice.rows());
  }

  /** Of what a version was trained on; absent where it does not tell, or of another dimension. */
  public static Optional<InputStatistics> ofVersion(Path folder, int dimension) throws IOException {
    Path file = folder.resolve(FILE);
    return Files.exists(file)
        ? Optional.of(Json.read(Files.readAllBytes(file), InputStatistics.class))
            .filter(each -> each.means().size() == dimension)
        : Optional.empty();
  }

  static InputStatistics of(EmbeddingMatrix matrix) {
    long step = Math.max(1, matrix.rows() / MOST_ROWS);
    return of(
        matrix, LongStream.iterate(0, row -> row < matrix.rows(), row -> row + step).toArray());
  }

  private static InputStatistics of(EmbeddingMatrix matrix, long[] rows) {
    int dimension = matrix.dimension();
    float[] values = new float[dimension];
    double[] means = new double[dimension];
    double[] squares = new double[dimension];
    double[] norms = new double[rows.length];
    for (int n = 0; n < rows.length; n++) {
      matrix.read(rows[n], values, 0);
      double norm = 0;
      for (int i = 0; i < dimension; i++) {
        double difference = values[i] - means[i];
        means[i] += difference / (n + 1);
        squares[i] += difference * (values[i] - means[i]);
        norm += (double) values[i] * values[i];
      }
      norms[n] = Math.sqrt(norm);
    }
    double mean = Arrays.stream(norms).average().orElse(0);
    Arrays.sort(norms);
    return new InputStatistics(
        rows.length,
        new Norms(mean, at(norms, 0.01), at(norms, 0.99)),
        floats(means, 1),
        floats(squares, 1.0 / Math.max(1, rows.length)));
  }

  private static double at(double[] sorted, double share) {
    return sorted.length == 0 ? 0 : sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  private static List<Float> floats(double[] values, double factor) {
    return Arrays.stream(values).mapToObj(value -> (float) (value * factor)).toList();
  }

  /**
   * How these embeddings differ from those that a model was trained on, in words; empty where they
   * are alike.
   *
   * @param trained of the same dimension
   */
  public Optional<String> differenceFrom(InputStatistics trained) {
    List<String> differences = new ArrayList<>();
    Norms usual = trained.norms();
    double room = ROUNDING * usual.mean();
    if (norms.mean() < usual.low() - room || norms.mean() > usual.high() + room) {
      differences.add(
          String.format(
              Locale.ROOT,
              "mean norm %s against %s (%s to %s)",
              shown(norms.mean()),
              shown(usual.mean()),
              shown(usual.low()),
              shown(usual.high())));
    }
    double shift = shift(trained);
    if (shift > MOST_SHIFT) {
      differences.add(
          String.format(
              Locale.ROOT, "their mean lies %.1f standard deviations from the other's", shift));
    }
    return differences.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the embeddings differ from those that the model was trained on: "
                + String.join("; ", differences));
  }

  /** Distance of the means in standard deviations: the root mean square over the dimensions. */
  private double shift(InputStatistics trained) {
    double least =
        LEAST_VARIANCE
            * trained.variances().stream().mapToDouble(Float::doubleValue).average().orElse(0);
    double sum = 0;
    for (int i = 0; i < means.size(); i++) {
      double difference = means.get(i) - trained.means().get(i);
      sum +=
          difference * difference / Math.max(Double.MIN_NORMAL, trained.variances().get(i) + least);
    }
    return Math.sqrt(sum / means.size());
  }

  /** Two decimals where they say enough. */
  private static String shown(double value) {
    return String.format(Locale.ROOT, value >= 0.1 && value < 1000 ? "%.2f" : "%.3g", value);
  }

  /** Every n-th of a number of rows that nobody knows beforehand. */
  private static final class EvenChoice {
    private final long[] kept = new long[2 * MOST_ROWS];
    private int count;
    private long seen;
    private long step = 1;

    void add(long row) {
      if (seen++ % step != 0) {
        return;
      }
      if (count == kept.length) {
        for (int i = 0; i < MOST_ROWS; i++) {
          kept[i] = kept[2 * i];
        }
        count = MOST_ROWS;
        step *= 2;
      }
      kept[count++] = row;
    }

    long[] rows() {
      return Arrays.copyOf(kept, count);
    }
  }
}
