package org.speechrate.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PrincipalComponentsTest {
  /** Along (3, 4) / 5 at −10, 0, 10, and across it, along (−4, 3) / 5, at 1, −2, 1. */
  private static final float[][] CROSS = {
    {-6 - 0.8f, -8 + 0.6f}, {1.6f, -1.2f}, {6 - 0.8f, 8 + 0.6f}
  };

  @Test
  void findsTheDirectionsByHand() {
    PrincipalComponents components = PrincipalComponents.of(CROSS);
    // Squares 200 and 6, of 206.
    assertThat(components.shares()[0]).isEqualTo(200 / 206.0, within(1e-6));
    assertThat(components.shares()[1]).isEqualTo(6 / 206.0, within(1e-6));
    double[][] expected = {{-10, -1}, {0, 2}, {10, -1}};
    for (int i = 0; i < 3; i++) {
      assertThat(components.places()[i]).containsExactly(expected[i], within(1e-5));
    }
  }

  @Test
  void fewPointsOfManyValuesHaveTheSameComponents() {
    Random random = new Random(1);
    float[][] wide = new float[5][12];
    float[][] padded = new float[15][12];
    for (int i = 0; i < 5; i++) {
      for (int k = 0; k < 12; k++) {
        wide[i][k] = (float) random.nextGaussian();
      }
    }
    for (int i = 0; i < 15; i++) {
      padded[i] = wide[i % 5];
    }
    // Each point three times: the same directions, found from the covariance.
    double[][] few = PrincipalComponents.of(wide).places();
    double[][] many = PrincipalComponents.of(padded).places();
    for (int i = 0; i < 5; i++) {
      for (int k = 0; k < 2; k++) {
        assertThat(Math.abs(few[i][k])).isEqualTo(Math.abs(many[i][k]), within(1e-9));
      }
    }
  }

  @Test
  void equalPointsHaveNone() {
    PrincipalComponents components = PrincipalComponents.of(new float[][] {{1, 2}, {1, 2}, {1, 2}});
    assertThat(components.shares()).containsExactly(0, 0);
  }
}
