package org.speechrate.publishing.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;

class PlainMlpTest {
  /** Plain layers in float, as other ecosystems compute them, are the model in double. */
  @ParameterizedTest
  @CsvSource({
    "relu, false, 3 4 1",
    "relu, true, 3 1",
    "relu, true, 3 4 1",
    "relu, true, 3 5 4 2 1",
    "gelu, true, 3 4 1",
    "gelu, true, 3 5 4 2 1",
    "tanh, true, 3 4 1",
    "tanh, true, 3 5 4 2 1"
  })
  void carriesTheLinearPathThroughItsLayers(String activation, boolean linearPath, String widths) {
    SafeTensors weights =
        TorchFiles.weights(
            activation,
            linearPath,
            java.util.Arrays.stream(widths.split(" ", -1)).mapToInt(Integer::parseInt).toArray());
    SpeechRateModel model = SpeechRateModel.of(weights);
    PlainMlp plain = PlainMlp.of(weights);
    Random random = new Random(1);
    for (int i = 0; i < 100; i++) {
      float scale = i % 2 == 0 ? 1 : 100;
      float[] x = new float[3];
      for (int k = 0; k < x.length; k++) {
        x[k] = (float) random.nextGaussian() * scale;
      }
      float expected = model.predict(new float[][] {x})[0];
      assertThat(run(plain, x)).isCloseTo(expected, Offset.offset(1e-6f * Math.max(1, scale)));
    }
  }

  private static float run(PlainMlp model, float[] x) {
    float[] values = x;
    for (int k = 0; k < model.layers().size(); k++) {
      PlainMlp.Layer layer = model.layers().get(k);
      float[] next = layer.bias().values().clone();
      for (int o = 0; o < layer.outputs(); o++) {
        for (int i = 0; i < layer.inputs(); i++) {
          next[o] += layer.weight().values()[o * layer.inputs() + i] * values[i];
        }
        if (k < model.layers().size() - 1) {
          next[o] = active(model.activation(), next[o]);
        }
      }
      values = next;
    }
    assertThat(values).hasSize(1);
    return values[0];
  }

  private static float active(PlainMlp.Activation activation, float value) {
    return switch (activation) {
      case RELU -> Math.max(value, 0);
      case TANH -> (float) Math.tanh(value);
      case GELU ->
          value
              * 0.5f
              * (float) (1 + org.apache.commons.numbers.gamma.Erf.value(value / Math.sqrt(2)));
    };
  }
}
