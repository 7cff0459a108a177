package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PrincipalComponentsTest {
  private static final double NEAR = 1e-9;

  @Test
  void theFirstIsTheDirectionOfTheLargestVariance() {
    // Around (5, 7): 3 to either side on the second axis, 1 on the first.
    PrincipalComponents found =
        PrincipalComponents.of(new float[][] {{5, 10}, {5, 4}, {6, 7}, {4, 7}});
    // Squares: 9 + 9 of 20, and 1 + 1 of 20.
    assertThat(found.shares()).containsExactly(new double[] {0.9, 0.1}, within(NEAR));
    assertThat(found.places()[0]).containsExactly(new double[] {3, 0}, within(NEAR));
    assertThat(found.places()[1]).containsExactly(new double[] {-3, 0}, within(NEAR));
    assertThat(found.places()[2]).containsExactly(new double[] {0, 1}, within(NEAR));
    assertThat(found.places()[3]).containsExactly(new double[] {0, -1}, within(NEAR));
  }

  @Test
  void moreDimensionsThanPointsGiveTheSame() {
    PrincipalComponents few =
        PrincipalComponents.of(
            new float[][] {{5, 10, 0, 0, 0}, {5, 4, 0, 0, 0}, {6, 7, 0, 0, 0}, {4, 7, 0, 0, 0}});
    assertThat(few.shares()).containsExactly(new double[] {0.9, 0.1}, within(NEAR));
    for (int i = 0; i < 4; i++) {
      assertThat(Math.abs(few.places()[i][0])).isCloseTo(i < 2 ? 3 : 0, within(NEAR));
      assertThat(Math.abs(few.places()[i][1])).isCloseTo(i < 2 ? 0 : 1, within(NEAR));
    }
    assertThat(few.places()[0][0]).isEqualTo(-few.places()[1][0], within(NEAR));
  }

  @Test
  void pointsOnALineOrInOnePlaceHaveNoSecondDirection() {
    PrincipalComponents line = PrincipalComponents.of(new float[][] {{0, 0, 0}, {2, 0, 0}});
    assertThat(line.shares()).containsExactly(new double[] {1, 0}, within(NEAR));
    assertThat(Math.abs(line.places()[0][0])).isCloseTo(1, within(NEAR));
    PrincipalComponents ofOneValue = PrincipalComponents.of(new float[][] {{0}, {2}, {4}});
    assertThat(ofOneValue.shares()).containsExactly(new double[] {1, 0}, within(NEAR));
    PrincipalComponents same = PrincipalComponents.of(new float[][] {{1, 2}, {1, 2}});
    assertThat(same.shares()).containsExactly(0, 0);
    assertThat(same.places()).isDeepEqualTo(new double[2][2]);
  }
}
