package org.speechrate.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.evaluation.SplitMetrics;

class RegressionMetricsTest {
  private static SplitMetrics of(double baseline, double... trueThenPredicted) {
    RegressionMetrics metrics = new RegressionMetrics(baseline);
    for (int i = 0; i < trueThenPredicted.length; i += 2) {
      metrics.add(trueThenPredicted[i], trueThenPredicted[i + 1]);
    }
    return metrics.result();
  }

  @Test
  void errorsByHandBesideThoseOfTheMean() {
    // Errors 1, -2, 0: squares 1 + 4 + 0, MSE 5/3, MAE 1.
    // Own mean 12, squares about it 4 + 0 + 4 = 8: R² = 1 - 5/8.
    // The mean predicts 11: errors 1, -1, -3: squares 1 + 1 + 9, MSE 11/3, MAE 5/3.
    SplitMetrics metrics = of(11, 10, 11, 12, 10, 14, 14);
    assertThat(metrics.n()).isEqualTo(3);
    assertThat(metrics.mse()).isEqualTo(5 / 3.0, within(1e-12));
    assertThat(metrics.mae()).isEqualTo(1, within(1e-12));
    assertThat(metrics.r2().orElseThrow()).isEqualTo(0.375, within(1e-12));
    assertThat(metrics.r2Reason()).isEmpty();
    assertThat(metrics.baselineMse()).isEqualTo(11 / 3.0, within(1e-12));
    assertThat(metrics.baselineMae()).isEqualTo(5 / 3.0, within(1e-12));
  }

  @Test
  void rSquaredIsNegativeWhereTheSplitsOwnMeanIsBetter() {
    // Errors 4 and -4, squares 32; about the mean 1 + 1: 1 - 16.
    assertThat(of(0, 10, 14, 12, 8).r2()).contains(-15.0);
  }

  @Test
  void rSquaredIsUndefinedForOneUtteranceOrEqualLabels() {
    SplitMetrics one = of(11, 10, 11);
    assertThat(one.r2()).isEmpty();
    assertThat(one.r2Reason()).contains("R² needs at least 2 utterances, there is 1");
    assertThat(one.mse()).isEqualTo(1);

    SplitMetrics equal = of(11, 10, 11, 10, 12);
    assertThat(equal.r2()).isEmpty();
    assertThat(equal.r2Reason()).contains("R² needs labels that differ, all 2 are 10.0 letters/s");
  }

  @Test
  void hasNoMetricsOfNothing() {
    assertThatThrownBy(() -> of(11))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("there are no metrics of 0 utterances");
  }
}
