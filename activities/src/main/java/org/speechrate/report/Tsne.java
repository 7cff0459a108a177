package org.speechrate.report;

import java.util.Arrays;
import org.speechrate.stage.StageMonitor;

/**
 * t-SNE (van der Maaten and Hinton 2008) in two dimensions: near points stay near. Exact gradients,
 * neighbours as in Barnes-Hut t-SNE (van der Maaten 2014). It begins with the principal components,
 * so there is no chance in it, and computes with nothing that differs between machines.
 */
final class Tsne {
  /** The usual one; of few points a third of them, as in scikit-learn's advice. */
  private static final double PERPLEXITY = 30;

  /** Further neighbours have next to no weight. */
  private static final int NEIGHBOURS_PER_PERPLEXITY = 3;

  private static final int EARLY_STEPS = 250;
  private static final int STEPS = 750;

  /** By which factor neighbours attract each other at first, so that groups find together. */
  private static final double EXAGGERATION = 12;

  private static final double EARLY_MOMENTUM = 0.5;
  private static final double MOMENTUM = 0.8;

  /** Belkina et al. 2019: n / exaggeration, here with the gradient's factor of 4 in it. */
  private static final double LEAST_RATE = 50;

  private static final double LEAST_GAIN = 0.01;
  private static final double FIRST_SPREAD = 1e-4;
  private static final int MOST_BISECTIONS = 60;
  private static final int REPORT_EVERY = 25;

  private final int n;
  private final int[] from;
  private final int[] to;
  private final double[] attraction;

  private Tsne(float[][] points) {
    n = points.length;
    double[][] likeness = likeness(points);
    int edges = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        edges += likeness[i][j] + likeness[j][i] > 0 ? 1 : 0;
      }
    }
    from = new int[edges];
    to = new int[edges];
    attraction = new double[edges];
    int edge = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        double both = likeness[i][j] + likeness[j][i];
        if (both > 0) {
          from[edge] = i;
          to[edge] = j;
          attraction[edge++] = both / (2.0 * n);
        }
      }
    }
  }

  /**
   * Places the points on a plane.
   *
   * @param points [n][d], finite, n at least 4
   * @param first where they begin, [n][2], as the principal components give it
   * @return [n][2]
   */
  static double[][] place(float[][] points, double[][] first, StageMonitor monitor) {
    return new Tsne(points).descend(first, monitor);
  }

  /** How much each point looks like its neighbours to it, as shares of 1; 0 for all others. */
  private static double[][] likeness(float[][] points) {
    int n = points.length;
    double perplexity = Math.min(PERPLEXITY, (n - 1) / (double) NEIGHBOURS_PER_PERPLEXITY);
    int neighbours = Math.min(n - 1, (int) (NEIGHBOURS_PER_PERPLEXITY * perplexity));
    double[][] likeness = new double[n][n];
    double[] distances = new double[n];
    double[] sorted = new double[n - 1];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        distances[j] = squaredDistance(points[i], points[j]);
      }
      System.arraycopy(distances, 0, sorted, 0, i);
      System.arraycopy(distances, i + 1, sorted, i, n - 1 - i);
      Arrays.sort(sorted);
      double furthest = sorted[neighbours - 1];
      double precision = precision(sorted, neighbours, StrictMath.log(perplexity));
      double sum = 0;
      int taken = 0;
      for (int j = 0; j < n && taken < neighbours; j++) {
        if (j != i && distances[j] <= furthest) {
          likeness[i][j] = StrictMath.exp(-(distances[j] - sorted[0]) * precision);
          sum += likeness[i][j];
          taken++;
        }
      }
      for (int j = 0; j < n; j++) {
        likeness[i][j] /= sum;
      }
    }
    return likeness;
  }

  private static double squaredDistance(float[] one, float[] other) {
    double sum = 0;
    for (int k = 0; k < one.length; k++) {
      double difference = (double) one[k] - other[k];
      sum += difference * difference;
    }
    return sum;
  }

  /** With which the neighbours' likenesses have the wanted entropy. */
  private static double precision(double[] sorted, int neighbours, double entropy) {
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double range = sorted[neighbours - 1] - sorted[0];
    double precision = range > 0 ? 1 / range : 1;
    for (int step = 0; step < MOST_BISECTIONS; step++) {
      double sum = 0;
      double weighted = 0;
      for (int k = 0; k < neighbours; k++) {
        double further = sorted[k] - sorted[0];
        double weight = StrictMath.exp(-further * precision);
        sum += weight;
        weighted += further * weight;
      }
      double tooMuch = StrictMath.log(sum) + precision * weighted / sum - entropy;
      if (Math.abs(tooMuch) < 1e-6) {
        return precision;
      }
      if (tooMuch > 0) {
        low = precision;
        precision = Double.isInfinite(high) ? 2 * precision : (low + high) / 2;
      } else {
        high = precision;
        precision = (low + high) / 2;
      }
    }
    return precision;
  }

  private double[][] descend(double[][] first, StageMonitor monitor) {
    double[] x = begin(first, 0);
    double[] y = begin(first, 1);
    double[] stepX = new double[n];
    double[] stepY = new double[n];
    double[] gainX = new double[n];
    double[] gainY = new double[n];
    Arrays.fill(gainX, 1);
    Arrays.fill(gainY, 1);
    double[] gradientX = new double[n];
    double[] gradientY = new double[n];
    double rate = Math.max(LEAST_RATE, n / EXAGGERATION / 4);
    for (int step = 0; step < STEPS; step++) {
      if (step % REPORT_EVERY == 0) {
        monitor.progress("map of embeddings: t-SNE, step " + step + " of " + STEPS, step, STEPS);
      }
      boolean early = step < EARLY_STEPS;
      gradient(x, y, early ? EXAGGERATION : 1, gradientX, gradientY);
      double momentum = early ? EARLY_MOMENTUM : MOMENTUM;
      move(x, stepX, gainX, gradientX, rate, momentum);
      move(y, stepY, gainY, gradientY, rate, momentum);
    }
    double[][] places = new double[n][];
    for (int i = 0; i < n; i++) {
      places[i] = new double[] {x[i], y[i]};
    }
    return places;
  }

  /** Nearly in one place, as the method wants it, and of the components' shape. */
  private double[] begin(double[][] first, int component) {
    double squares = 0;
    for (double[] place : first) {
      squares += place[0] * place[0];
    }
    double scale = squares > 0 ? FIRST_SPREAD / Math.sqrt(squares / n) : 0;
    return Arrays.stream(first).mapToDouble(place -> place[component] * scale).toArray();
  }

  private void gradient(
      double[] x, double[] y, double exaggeration, double[] gradientX, double[] gradientY) {
    Arrays.fill(gradientX, 0);
    Arrays.fill(gradientY, 0);
    double all = 0;
    for (int i = 1; i < n; i++) {
      double xi = x[i];
      double yi = y[i];
      double pushX = 0;
      double pushY = 0;
      for (int j = 0; j < i; j++) {
        double dx = xi - x[j];
        double dy = yi - y[j];
        double near = 1 / (1 + dx * dx + dy * dy);
        all += near;
        double push = near * near;
        pushX += push * dx;
        pushY += push * dy;
        gradientX[j] += push * dx;
        gradientY[j] += push * dy;
      }
      gradientX[i] -= pushX;
      gradientY[i] -= pushY;
    }
    // Each pair once; without any pair there is nothing to divide.
    double scale = 1 / (2 * all);
    for (int i = 0; i < n; i++) {
      gradientX[i] *= scale;
      gradientY[i] *= scale;
    }
    for (int edge = 0; edge < from.length; edge++) {
      int i = from[edge];
      int j = to[edge];
      double dx = x[i] - x[j];
      double dy = y[i] - y[j];
      double pull = exaggeration * attraction[edge] / (1 + dx * dx + dy * dy);
      gradientX[i] += pull * dx;
      gradientY[i] += pull * dy;
      gradientX[j] -= pull * dx;
      gradientY[j] -= pull * dy;
    }
  }

  /** One step with momentum, and with a gain that grows where it goes on in one direction. */
  private static void move(
      double[] place,
      double[] step,
      double[] gain,
      double[] gradient,
      double rate,
      double momentum) {
    double mean = 0;
    for (int i = 0; i < place.length; i++) {
      boolean turns = step[i] * gradient[i] > 0;
      gain[i] = Math.max(LEAST_GAIN, turns ? gain[i] * 0.8 : gain[i] + 0.2);
      step[i] = momentum * step[i] - rate * 4 * gain[i] * gradient[i];
      place[i] += step[i];
      mean += place[i] / place.length;
    }
    for (int i = 0; i < place.length; i++) {
      place[i] -= mean;
    }
  }
}
