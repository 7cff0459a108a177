package org.speechrate.report;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

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
   * points' inner products, which are the same.
   *
   * @param points [n][d], finite, n and d at least 2
   */
  static PrincipalComponents of(float[][] points) {
    int n = points.length;
    int d = points[0].length;
    DMatrixRMaj centred = centred(points);
    boolean covariance = d <= n;
    DMatrixRMaj products = new DMatrixRMaj(Math.min(n, d), Math.min(n, d));
    if (covariance) {
      CommonOps_DDRM.multTransA(centred, centred, products);
    } else {
      CommonOps_DDRM.multTransB(centred, centred, products);
    }
    double total = CommonOps_DDRM.trace(products);
    EigenDecomposition_F64<DMatrixRMaj> eigen =
        DecompositionFactory_DDRM.eig(products.numRows, true, true);
    if (!(total > 0) || !eigen.decompose(products)) {
      return new PrincipalComponents(new double[n][2], new double[2]);
    }
    double[][] places = new double[n][2];
    double[] shares = new double[2];
    for (int k = 0; k < 2; k++) {
      int largest = largest(eigen, k == 0 ? -1 : largest(eigen, -1));
      double value = Math.max(0, eigen.getEigenvalue(largest).getReal());
      shares[k] = value / total;
      DMatrixRMaj direction = eigen.getEigenVector(largest);
      double sign = sign(direction);
      DMatrixRMaj along = new DMatrixRMaj(n, 1);
      if (covariance) {
        CommonOps_DDRM.mult(sign, centred, direction, along);
      } else {
        CommonOps_DDRM.scale(sign * Math.sqrt(value), direction, along);
      }
      for (int i = 0; i < n; i++) {
        places[i][k] = along.get(i);
      }
    }
    return new PrincipalComponents(places, shares);
  }

  private static DMatrixRMaj centred(float[][] points) {
    int d = points[0].length;
    double[] mean = new double[d];
    for (float[] point : points) {
      for (int j = 0; j < d; j++) {
        mean[j] += point[j];
      }
    }
    DMatrixRMaj centred = new DMatrixRMaj(points.length, d);
    for (int i = 0; i < points.length; i++) {
      for (int j = 0; j < d; j++) {
        centred.unsafe_set(i, j, points[i][j] - mean[j] / points.length);
      }
    }
    return centred;
  }

  private static int largest(EigenDecomposition_F64<DMatrixRMaj> eigen, int butNot) {
    int largest = -1;
    for (int i = 0; i < eigen.getNumberOfEigenvalues(); i++) {
      if (i != butNot
          && (largest < 0
              || eigen.getEigenvalue(i).getReal() > eigen.getEigenvalue(largest).getReal())) {
        largest = i;
      }
    }
    return largest;
  }

  /** A direction and its opposite are the same; the one whose largest part is positive is taken. */
  private static double sign(DMatrixRMaj direction) {
    double largest = 0;
    for (double part : direction.getData()) {
      if (Math.abs(part) > Math.abs(largest)) {
        largest = part;
      }
    }
    return Math.signum(largest);
  }
}
