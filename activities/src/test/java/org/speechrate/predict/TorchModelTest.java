package org.speechrate.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;
import org.speechrate.training.TorchScript;

class TorchModelTest {
  private static final int ROWS = 300;

  /** Random weights of a plausible size. */
  static SafeTensors weights(String activation, boolean linearPath, int... widths) {
    Random random = new Random(7);
    Map<String, Tensor> tensors = new HashMap<>();
    for (int k = 1; k < widths.length; k++) {
      tensors.put("fc" + k + ".weight", tensor(random, 1, widths[k], widths[k - 1]));
      tensors.put("fc" + k + ".bias", tensor(random, 1, widths[k]));
    }
    if (linearPath) {
      tensors.put(SpeechRateModel.LINEAR_PATH, tensor(random, 1, 1, widths[0]));
    }
    return new SafeTensors(tensors, Map.of(SpeechRateModel.ACTIVATION, activation));
  }

  private static Tensor tensor(Random random, double scale, int... shape) {
    List<Integer> lengths = new ArrayList<>();
    int size = 1;
    for (int length : shape) {
      lengths.add(length);
      size *= length;
    }
    float[] values = new float[size];
    double spread = scale / Math.sqrt(shape[shape.length - 1]);
    for (int i = 0; i < size; i++) {
      values[i] = (float) (spread * random.nextGaussian());
    }
    return new Tensor(lengths, values);
  }

  private static float[][] rows(int dimension) {
    Random random = new Random(3);
    float[][] rows = new float[ROWS][dimension];
    for (float[] row : rows) {
      for (int i = 0; i < dimension; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return rows;
  }

  @Test
  void anEngineWithoutAnOperatorSaysSoWhileItLoads() {
    String unknown =
        "def f(self: __torch__.Script, x: Tensor) -> Tensor:\n  return ops.mkldnn._f(x)\n";
    assertThatThrownBy(() -> TorchScript.load(unknown, Device.cpu()))
        .isInstanceOf(EngineException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "relu, false, 256-128-1",
    "relu, true, 17-5-3-1",
    "gelu, false, 64-32-1",
    "tanh, true, 64-32-16-1",
    "relu, false, 8-1"
  })
  void agreesWithThePublishedModelsReader(String activation, boolean linearPath, String layers) {
    int[] widths = java.util.Arrays.stream(layers.split("-")).mapToInt(Integer::parseInt).toArray();
    SafeTensors weights = weights(activation, linearPath, widths);
    float[][] rows = rows(widths[0]);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(Float.BYTES * ROWS * widths[0]).order(ByteOrder.nativeOrder());
    var floats = buffer.asFloatBuffer();
    for (float[] row : rows) {
      floats.put(row);
    }

    float[] expected = SpeechRateModel.of(weights).predict(rows);
    for (TorchModel.Linear linear : TorchModel.Linear.values()) {
      try (TorchModel model = new TorchModel(weights, ROWS, linear)) {
        float[] cps = model.predict(buffer, ROWS);
        assertThat(cps).hasSize(ROWS);
        for (int i = 0; i < ROWS; i++) {
          assertThat((double) cps[i])
              .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-5));
        }
      }
    }
  }
}
