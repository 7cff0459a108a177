package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;

class ScalingTest {
  /** Two utterances of two values each: (1, 10), (3, 10). */
  private static SplitRows data(double... cps) {
    return new ArrayRows(2, new float[] {1, 10, 3, 10}, cps);
  }

  private static float[] inputs(Scaling scaling, float... raw) {
    float[] values = raw.clone();
    scaling.inputs(FloatBuffer.wrap(values));
    return values;
  }

  @Test
  void dividesAllDimensionsByOneScale() throws IOException {
    Scaling scaling = Scaling.fit(data(8, 12), true, true);
    // Means (2, 10); centred (-1, 0), (1, 0): root of the mean square √(2/4).
    assertThat(scaling.inputMean()).containsExactly(2, 10);
    assertThat(scaling.inputScale()).isEqualTo(Math.sqrt(0.5), within(1e-15));
    assertThat(inputs(scaling, 3, 10))
        .containsExactly(new float[] {(float) Math.sqrt(2), 0}, within(1e-6f));
    // Mean 10, standard deviation 2.
    assertThat(scaling.targets(new double[] {8, 14})).containsExactly(-1, 2);
    assertThat(scaling.cps(2)).isEqualTo(14);
  }

  @Test
  void leavesAloneWhatTheSpecLeavesAlone() throws IOException {
    Scaling scaling = Scaling.fit(data(8, 12), false, false);
    assertThat(inputs(scaling, 3, 10)).containsExactly(3, 10);
    assertThat(scaling.targets(new double[] {8})).containsExactly(8);
  }

  @Test
  void doesNotDivideByZeroWhereAllValuesAreTheSame() throws IOException {
    Scaling scaling = Scaling.fit(new ArrayRows(1, new float[] {5, 5}, 9, 9), true, true);
    assertThat(inputs(scaling, 5)).containsExactly(0);
    assertThat(scaling.targets(new double[] {9})).containsExactly(0);
  }

  @Test
  void foldedWeightsTakeRawEmbeddingsAndGiveCps() throws IOException {
    for (MlpShape shape :
        List.of(
            MlpShape.of(2, List.of(6), false),
            MlpShape.of(2, List.of(), false),
            MlpShape.of(2, List.of(6, 3), false),
            MlpShape.of(2, List.of(6, 3), true),
            MlpShape.of(2, List.of(), true))) {
      float[] parameters = shape.initial(3);
      Scaling scaling = Scaling.fit(data(8, 12), true, true);
      SpeechRateModel scaled = model(shape, parameters);
      SpeechRateModel raw = model(shape, scaling.fold(shape, parameters));
      for (float[] x : new float[][] {{1, 10}, {3, 9}, {-2, 11}}) {
        float unfolded = scaled.predict(new float[][] {inputs(scaling, x)})[0];
        assertThat((double) raw.predict(new float[][] {x})[0])
            .isEqualTo(scaling.cps(unfolded), within(1e-5));
      }
    }
  }

  private static SpeechRateModel model(MlpShape shape, float[] parameters) {
    return SpeechRateModel.of(new SafeTensors(shape.tensors(parameters), Map.of()));
  }
}
