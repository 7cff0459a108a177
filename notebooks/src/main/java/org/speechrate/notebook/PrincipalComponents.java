package org.speechrate.notebook;

import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

/** The two directions in which points differ most. */
final class PrincipalComponents {
  private final double[][] places;
  private final double[] shares;

  private PrincipalComponents(double[][] places, double[] shares) {
    this.places = places;
    this.shares = shares;
  }

  /** Of the points along the two directions, [n][2]. */
  double[][] places() {
    return places;
  }

  /** Of all variance, along the first and the second direction; 0 where all points are the same. */
  double[] shares() {
    return shares;
  }

  /**
   * By the eigenvectors of the covariance or, where there are fewer points than dimensions, of the
   * points' inner products, which tell the same and are fewer.
   *
   * @param points [n][d], n at least 2
   */
  static PrincipalComponents of(float[][] points) {
    double[][] centred = centred(points);
    boolean covariance = points[0].length <= points.length;
    double[][] vectors = covariance ? transposed(centred) : centred;
    int size = vectors.length;
    double[][] products = new double[size][size];
    double total = 0;
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        products[i][j] = product(vectors[i], vectors[j]);
        products[j][i] = products[i][j];
      }
      total += products[i][i];
    }
    double[][] places = new double[points.length][2];
    double[] shares = new double[2];
    if (!(total > 0)) {
      return new PrincipalComponents(places, shares);
    }
    // Its eigenvalues are sorted, the largest first.
    EigenDecomposition eigen = new EigenDecomposition(new Array2DRowRealMatrix(products, false));
    for (int k = 0; k < Math.min(2, size); k++) {
      double value = Math.max(0, eigen.getRealEigenvalue(k));
      shares[k] = value / total;
      double[] direction = eigen.getEigenvector(k).toArray();
      double sign = sign(direction);
      for (int i = 0; i < places.length; i++) {
        places[i][k] =
            sign * (covariance ? product(centred[i], direction) : Math.sqrt(value) * direction[i]);
      }
    }
    return new PrincipalComponents(places, shares);
  }

  private static double[][] centred(float[][] points) {
    double[][] centred = new double[points.length][points[0].length];
    for (int j = 0; j < points[0].length; j++) {
      double sum = 0;
      for (float[] point : points) {
        sum += point[j];
      }
      for (int i = 0; i < points.length; i++) {
        centred[i][j] = points[i][j] - sum / points.length;
      }
    }
    return centred;
  }

  private static double[][] transposed(double[][] rows) {
    double[][] columns = new double[rows[0].length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        columns[j][i] = rows[i][j];
      }
    }
    return columns;
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** A direction and its opposite are the same; the one whose largest part is positive is taken. */
  private static double sign(double[] direction) {
    double largest = 0;
    for (double part : direction) {
      if (Math.abs(part) > Math.abs(largest)) {
        largest = part;
      }
    }
    return Math.signum(largest);
  }
}
