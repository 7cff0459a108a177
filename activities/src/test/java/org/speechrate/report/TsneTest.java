package org.speechrate.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.speechrate.stage.StageMonitor;

class TsneTest {
  private static double[][] place(float[][] points) {
    return Tsne.place(points, PrincipalComponents.of(points).places(), StageMonitor.silent());
  }

  /** Groups of points around corners that are ten times as far apart as the points of one. */
  private static float[][] groups(int groups, int each, int dimension) {
    Random random = new Random(3);
    float[][] points = new float[groups * each][dimension];
    for (int i = 0; i < points.length; i++) {
      for (int k = 0; k < dimension; k++) {
        points[i][k] = (float) (random.nextGaussian() + (k == i / each ? 20 : 0));
      }
    }
    return points;
  }

  private static double distance(double[] one, double[] other) {
    return Math.hypot(one[0] - other[0], one[1] - other[1]);
  }

  @Test
  void neighboursStayNeighbours() {
    int each = 40;
    double[][] places = place(groups(5, each, 10));
    for (int i = 0; i < places.length; i++) {
      int at = i;
      List<Integer> others = new ArrayList<>();
      for (int j = 0; j < places.length; j++) {
        if (j != i) {
          others.add(j);
        }
      }
      others.sort(Comparator.comparingDouble(j -> distance(places[at], places[j])));
      assertThat(others.subList(0, 10))
          .as("the ten nearest of %d", i)
          .allMatch(j -> j / each == at / each);
    }
  }

  @Test
  void isTheSameEachTime() {
    float[][] points = groups(3, 10, 4);
    assertThat(place(points)).isDeepEqualTo(place(points));
  }

  @Test
  void staysFiniteWherePointsAreTheSameOrFarApart() {
    float[][] points = groups(2, 20, 3);
    for (int i = 1; i < 20; i++) {
      points[i] = points[0];
    }
    points[39] = new float[] {(float) 1e18, (float) -1e18, 0};
    for (double[] place : place(points)) {
      assertThat(place[0]).isFinite();
      assertThat(place[1]).isFinite();
    }
  }
}
