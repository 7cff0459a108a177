package org.speechrate.publishing.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;

/**
 * A model as linear layers with one activation between them, which every ecosystem has.
 *
 * <p>A linear path is carried through the hidden layers by units of its own: its product s with the
 * input as relu(s) and relu(-s), whose difference is s, or gelu(s) and gelu(-s), whose difference
 * is s too; with tanh as tanh(s · 2⁻³⁰) · 2³⁰, which in float32 is s wherever s is below some
 * 100,000.
 */
record PlainMlp(List<Layer> layers, Activation activation) {
  private static final float TINY = 0x1p-30f;

  enum Activation {
    RELU,
    GELU,
    TANH
  }

  /**
   * @param weight [outputs, inputs]
   * @param bias [outputs]
   */
  record Layer(Tensor weight, Tensor bias) {
    int inputs() {
      return weight.shape().get(1);
    }

    int outputs() {
      return weight.shape().get(0);
    }
  }

  /**
   * @throws IllegalArgumentException if the weights are no model
   */
  static PlainMlp of(SafeTensors weights) {
    List<Integer> widths = SpeechRateModel.of(weights).layers();
    Activation activation =
        Activation.valueOf(
            weights
                .metadata()
                .getOrDefault(SpeechRateModel.ACTIVATION, "relu")
                .toUpperCase(Locale.ROOT));
    Map<String, Tensor> tensors = weights.tensors();
    List<Layer> layers = new ArrayList<>();
    for (int k = 1; k < widths.size(); k++) {
      layers.add(new Layer(tensors.get("fc" + k + ".weight"), tensors.get("fc" + k + ".bias")));
    }
    Tensor linear = tensors.get(SpeechRateModel.LINEAR_PATH);
    return new PlainMlp(
        linear == null ? layers : carrying(linear.values(), layers, activation), activation);
  }

  private static List<Layer> carrying(float[] linear, List<Layer> layers, Activation activation) {
    int last = layers.size() - 1;
    if (last == 0) {
      Layer only = layers.get(0);
      float[] sum = new float[linear.length];
      for (int i = 0; i < sum.length; i++) {
        sum[i] = only.weight.values()[i] + linear[i];
      }
      return List.of(new Layer(new Tensor(only.weight.shape(), sum), only.bias));
    }
    // What carries s: by which factors it enters, goes on, and leaves.
    float[] in = activation == Activation.TANH ? new float[] {TINY} : new float[] {1, -1};
    float[] out = activation == Activation.TANH ? new float[] {1 / TINY} : new float[] {1, -1};
    List<Layer> carrying = new ArrayList<>();
    for (int k = 0; k <= last; k++) {
      Layer plain = layers.get(k);
      int inputs = plain.inputs() + (k == 0 ? 0 : in.length);
      int outputs = plain.outputs() + (k == last ? 0 : in.length);
      float[] weight = new float[Math.multiplyExact(inputs, outputs)];
      for (int o = 0; o < plain.outputs(); o++) {
        System.arraycopy(
            plain.weight.values(), o * plain.inputs(), weight, o * inputs, plain.inputs());
      }
      for (int unit = 0; unit < in.length; unit++) {
        int row = (plain.outputs() + unit) * inputs;
        if (k == 0) {
          for (int i = 0; i < inputs; i++) {
            weight[row + i] = in[unit] * linear[i];
          }
        } else if (k < last) {
          for (int from = 0; from < in.length; from++) {
            weight[row + plain.inputs() + from] =
                activation == Activation.TANH ? 1 : in[unit] * out[from];
          }
        } else {
          weight[plain.inputs() + unit] = out[unit];
        }
      }
      carrying.add(
          new Layer(
              new Tensor(List.of(outputs, inputs), weight),
              new Tensor(List.of(outputs), Arrays.copyOf(plain.bias.values(), outputs))));
    }
    return List.copyOf(carrying);
  }
}
