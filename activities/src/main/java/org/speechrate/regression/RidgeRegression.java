package org.speechrate.regression;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * Linear regression with a penalty on its weights: what a network has to beat to be worth its
 * trouble. Takes one block of rows at a time and keeps sums, d × d numbers a fold. Inputs are
 * centred and divided by one common scale, as some dimensions may be 0 nearly everywhere; targets
 * are centred. The penalty is the one of {@link #ALPHAS} with the least squared error over 5 folds,
 * which share no group.
 */
public final class RidgeRegression {
  /**
   * Penalties on the sum of squared weights, beside the sum of squared errors, as scikit-learn's
   * {@code alpha} means it: two a decade.
   */
  public static final List<Double> ALPHAS =
      IntStream.rangeClosed(-2, 14).mapToObj(i -> Math.pow(10, i / 2.0)).toList();

  private static final int FOLDS = 5;

  /** Beyond it the decompositions take minutes. */
  private static final int MOST_DIMENSIONS = 2048;

  private static final int FEWEST_ROWS = 3;

  /** Values of the rows that are added at once: they stay in a core's cache. */
  private static final int TILE_VALUES = 1 << 15;

  /** Above it the decompositions' matrices would fill a small heap if they were made at once. */
  private static final int MOST_AT_ONCE = 512;

  private final int dimension;
  private final Sums[] folds = new Sums[FOLDS];
  private final Sums heldOut;

  /** About the inputs' mean, so that sums of squares about the mean lose no digits: the first. */
  private final double[] shift;

  private double targetShift;
  private boolean begun;

  /**
   * @param dimension of the inputs
   */
  public RidgeRegression(int dimension) {
    this.dimension = dimension;
    shift = new double[dimension];
    heldOut = new Sums(dimension);
    for (int fold = 0; fold < FOLDS; fold++) {
      folds[fold] = new Sums(dimension);
    }
  }

  /** Why there is no fit of such data; empty where there is one. */
  public static Optional<String> reasonAgainst(long rows, int dimension) {
    if (rows < FEWEST_ROWS) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "ridge regression needs at least %d train utterances, there %s",
              FEWEST_ROWS,
              rows == 1 ? "is 1" : "are " + rows));
    }
    return dimension > MOST_DIMENSIONS
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "ridge regression is made for embeddings of at most %,d values, these have %,d",
                MOST_DIMENSIONS,
                dimension))
        : Optional.empty();
  }

  /**
   * A fitted function.
   *
   * @param weights [d], of raw inputs
   * @param alpha the chosen penalty, on weights of centred inputs that are divided by their common
   *     scale
   */
  @SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
  public record Fit(double[] weights, double intercept, double alpha) {
    /**
     * @param x [d]
     */
    public double predict(float[] x) {
      double sum = intercept;
      for (int i = 0; i < weights.length; i++) {
        sum += weights[i] * x[i];
      }
      return sum;
    }
  }

  /** What a fold is known by; inputs and targets are shifted. */
  private static final class Sums {
    long n;
    final double[] x;
    final double[][] xx;
    final double[] xy;
    double y;
    double yy;

    Sums(int dimension) {
      x = new double[dimension];
      xy = new double[dimension];
      xx = new double[dimension][];
    }

    /** Row i of the matrix, from the diagonal on; it is symmetric. */
    double[] row(int i) {
      if (xx[i] == null) {
        xx[i] = new double[x.length - i];
      }
      return xx[i];
    }

    void add(Sums other, int sign) {
      n += sign * other.n;
      y += sign * other.y;
      yy += sign * other.yy;
      for (int i = 0; i < x.length; i++) {
        x[i] += sign * other.x[i];
        xy[i] += sign * other.xy[i];
        double[] into = row(i);
        double[] from = other.row(i);
        for (int j = 0; j < into.length; j++) {
          into[j] += sign * from[j];
        }
      }
    }

    double mean(int i) {
      return x[i] / n;
    }

    double meanTarget() {
      return y / n;
    }

    /** Of inputs i and j about their means, i at most j. */
    double scatter(int i, int j) {
      return xx[i][j - i] - x[i] * x[j] / n;
    }

    double scatterWithTarget(int i) {
      return xy[i] - x[i] * y / n;
    }

    double scatterOfTargets() {
      return yy - y * y / n;
    }
  }

  /**
   * Adds rows.
   *
   * @param x [n][d]
   * @param targets [n]
   * @param groups [n], at least 0: rows of one group are never in two folds; there must be two
   *     groups that differ modulo 5
   */
  public void add(float[][] x, double[] targets, int[] groups) {
    if (!begun && x.length > 0) {
      begun = true;
      targetShift = Arrays.stream(targets).average().orElseThrow();
      for (int i = 0; i < dimension; i++) {
        for (float[] row : x) {
          shift[i] += row[i] / (double) x.length;
        }
      }
    }
    for (int fold = 0; fold < FOLDS; fold++) {
      int own = fold;
      add(folds[fold], x, targets, row -> groups[row] % FOLDS == own);
    }
  }

  /**
   * Adds rows, behind all others, that take part in the choice of the penalty alone: their error is
   * added to that of the folds.
   *
   * @param x [n][d]
   * @param targets [n]
   */
  public void addHeldOut(float[][] x, double[] targets) {
    add(heldOut, x, targets, row -> true);
  }

  private void add(Sums sums, float[][] x, double[] targets, IntPredicate takes) {
    int most = Math.max(1, TILE_VALUES / dimension);
    double[][] tile = new double[most][dimension];
    double[] y = new double[most];
    int n = 0;
    for (int row = 0; row < x.length; row++) {
      if (takes.test(row)) {
        for (int i = 0; i < dimension; i++) {
          tile[n][i] = x[row][i] - shift[i];
        }
        y[n++] = targets[row] - targetShift;
        if (n == most) {
          add(sums, tile, y, n);
          n = 0;
        }
      }
    }
    add(sums, tile, y, n);
  }

  private static void add(Sums sums, double[][] tile, double[] y, int n) {
    if (n == 0) {
      return;
    }
    sums.n += n;
    for (int row = 0; row < n; row++) {
      sums.y += y[row];
      sums.yy += y[row] * y[row];
    }
    // Each row of the matrix belongs to one thread, so the order of additions is always the same.
    IntStream.range(0, sums.x.length)
        .parallel()
        .forEach(
            i -> {
              double[] into = sums.row(i);
              int row = 0;
              for (; row + 3 < n; row += 4) {
                addFour(into, i, tile[row], tile[row + 1], tile[row + 2], tile[row + 3]);
              }
              for (; row < n; row++) {
                double[] x = tile[row];
                double a = x[i];
                for (int j = 0; j < into.length; j++) {
                  into[j] += a * x[i + j];
                }
              }
              for (row = 0; row < n; row++) {
                sums.x[i] += tile[row][i];
                sums.xy[i] += tile[row][i] * y[row];
              }
            });
  }

  /** The compiler makes vector instructions of the loop; four rows share its loads and stores. */
  private static void addFour(
      double[] into, int i, double[] p, double[] q, double[] r, double[] s) {
    double a = p[i];
    double b = q[i];
    double c = r[i];
    double d = s[i];
    for (int j = 0; j < into.length; j++) {
      into[j] = into[j] + a * p[i + j] + b * q[i + j] + c * r[i + j] + d * s[i + j];
    }
  }

  /**
   * Fits all that was added, where {@link #reasonAgainst} has nothing against it.
   *
   * @throws IllegalStateException if all rows are in one fold
   */
  public Fit fit() {
    Sums all = new Sums(dimension);
    for (Sums fold : folds) {
      all.add(fold, 1);
    }
    double squares = 0;
    for (int i = 0; i < dimension; i++) {
      squares += Math.max(0, all.scatter(i, i));
    }
    double scale = squares > 0 ? Math.sqrt(squares / ((double) all.n * dimension)) : 1;
    Spectrum spectrum = new Spectrum(all, scale);
    double alpha = choose(all, spectrum, scale);
    double[] weights = spectrum.weights(alpha);
    double intercept = targetShift + all.meanTarget();
    for (int i = 0; i < dimension; i++) {
      weights[i] /= scale;
      intercept -= weights[i] * (shift[i] + all.mean(i));
    }
    return new Fit(weights, intercept, alpha);
  }

  private double choose(Sums all, Spectrum ofAll, double scale) {
    Sums[] filled = Arrays.stream(folds).filter(fold -> fold.n > 0).toArray(Sums[]::new);
    if (filled.length < 2) {
      throw new IllegalStateException("rows of one fold alone cannot choose a penalty");
    }
    IntStream each = IntStream.range(0, filled.length);
    double[][] errors =
        (dimension <= MOST_AT_ONCE ? each.parallel() : each)
            .mapToObj(
                fold -> {
                  Sums others = new Sums(dimension);
                  others.add(all, 1);
                  others.add(filled[fold], -1);
                  Spectrum spectrum = new Spectrum(others, scale);
                  return ALPHAS.stream()
                      .mapToDouble(
                          alpha ->
                              squaredError(filled[fold], others, spectrum.weights(alpha), scale))
                      .toArray();
                })
            .toArray(double[][]::new);
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int a = 0; a < ALPHAS.size(); a++) {
      double sum =
          heldOut.n == 0 ? 0 : squaredError(heldOut, all, ofAll.weights(ALPHAS.get(a)), scale);
      for (double[] ofFold : errors) {
        sum += ofFold[a];
      }
      // Of equally good ones the stronger.
      if (sum <= least) {
        least = sum;
        best = a;
      }
    }
    return ALPHAS.get(best);
  }

  /** Of a fold's targets, predicted by weights that others were fitted with. */
  private static double squaredError(Sums fold, Sums others, double[] weights, double scale) {
    double offset = fold.meanTarget() - others.meanTarget();
    double error = fold.scatterOfTargets();
    for (int i = 0; i < weights.length; i++) {
      double w = weights[i] / scale;
      offset -= w * (fold.mean(i) - others.mean(i));
      double sum = fold.scatter(i, i) * w / 2;
      for (int j = i + 1; j < weights.length; j++) {
        sum += fold.scatter(i, j) * weights[j] / scale;
      }
      error += 2 * w * (sum - fold.scatterWithTarget(i));
    }
    return error + fold.n * offset * offset;
  }

  /** The inputs' scatter by its eigenvectors, so that a further penalty costs next to nothing. */
  private static final class Spectrum {
    private final double[] values;

    /** [k][d] */
    private final double[][] vectors;

    /** The targets' scatter with each of them. */
    private final double[] along;

    Spectrum(Sums sums, double scale) {
      int d = sums.x.length;
      DMatrixRMaj scatter = new DMatrixRMaj(d, d);
      for (int i = 0; i < d; i++) {
        for (int j = i; j < d; j++) {
          double value = sums.scatter(i, j) / (scale * scale);
          scatter.set(i, j, value);
          scatter.set(j, i, value);
        }
      }
      EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
      if (!eigen.decompose(scatter)) {
        throw new IllegalStateException("the inputs' covariance could not be decomposed");
      }
      values = new double[d];
      vectors = new double[d][];
      along = new double[d];
      for (int k = 0; k < d; k++) {
        // Rounding may leave one a little below 0.
        values[k] = Math.max(0, eigen.getEigenvalue(k).getReal());
        vectors[k] = eigen.getEigenVector(k).getData();
        for (int i = 0; i < d; i++) {
          along[k] += vectors[k][i] * sums.scatterWithTarget(i) / scale;
        }
      }
    }

    /** Of centred and scaled inputs. */
    double[] weights(double alpha) {
      double[] weights = new double[values.length];
      for (int k = 0; k < values.length; k++) {
        double factor = along[k] / (values[k] + alpha);
        for (int i = 0; i < weights.length; i++) {
          weights[i] += factor * vectors[k][i];
        }
      }
      return weights;
    }
  }
}
