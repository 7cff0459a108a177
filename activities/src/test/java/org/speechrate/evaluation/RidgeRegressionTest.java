package org.speechrate.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.speechrate.regression.RidgeRegression;

class RidgeRegressionTest {
  /** Penalty, weights and predictions by scikit-learn. */
  @Test
  void agreesWithScikitLearn() throws IOException {
    JsonNode golden = SpeakerBootstrapTest.golden("ridge.json");
    assertThat(golden).hasSize(3);
    for (JsonNode each : golden) {
      float[][] x = new float[each.get("x").size()][];
      double[] targets = new double[x.length];
      int[] groups = new int[x.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = new float[each.get("x").get(i).size()];
        for (int j = 0; j < x[i].length; j++) {
          x[i][j] = (float) each.get("x").get(i).get(j).asDouble();
        }
        targets[i] = each.get("targets").get(i).asDouble();
        groups[i] = each.get("groups").get(i).asInt();
      }
      RidgeRegression ridge = new RidgeRegression(x[0].length);
      // In three blocks, as a stage does.
      for (int from = 0; from < x.length; from += 13) {
        int to = Math.min(x.length, from + 13);
        ridge.add(
            Arrays.copyOfRange(x, from, to),
            Arrays.copyOfRange(targets, from, to),
            Arrays.copyOfRange(groups, from, to));
      }
      RidgeRegression.Fit fit = ridge.fit();
      assertThat(fit.alpha()).isEqualTo(each.get("alpha").asDouble(), within(1e-9 * fit.alpha()));
      for (int j = 0; j < fit.weights().length; j++) {
        assertThat(fit.weights()[j]).isEqualTo(each.get("weights").get(j).asDouble(), within(1e-9));
      }
      for (int i = 0; i < x.length; i++) {
        assertThat(fit.predict(x[i]))
            .isEqualTo(each.get("predictions").get(i).asDouble(), within(1e-9));
      }
    }
  }

  @Test
  void inputsThatAreAllEqualGiveTheMean() {
    RidgeRegression ridge = new RidgeRegression(2);
    ridge.add(
        new float[][] {{1, 2}, {1, 2}, {1, 2}}, new double[] {10, 11, 15}, new int[] {0, 1, 2});
    RidgeRegression.Fit fit = ridge.fit();
    assertThat(fit.weights()).containsExactly(0, 0);
    assertThat(fit.predict(new float[] {1, 2})).isEqualTo(12, within(1e-12));
  }

  @Test
  void saysWhereItMakesNoSense() {
    assertThat(RidgeRegression.reasonAgainst(3, 2048)).isEmpty();
    assertThat(RidgeRegression.reasonAgainst(2, 4))
        .contains("ridge regression needs at least 3 train utterances, there are 2");
    assertThat(RidgeRegression.reasonAgainst(1, 4))
        .contains("ridge regression needs at least 3 train utterances, there is 1");
    assertThat(RidgeRegression.reasonAgainst(100, 2049))
        .contains(
            "ridge regression is made for embeddings of at most 2,048 values, these have 2,049");
  }
}
