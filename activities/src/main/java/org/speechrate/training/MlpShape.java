package org.speechrate.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.speechrate.model.Tensor;

/**
 * A network of linear layers with ReLU between them, and how its parameters lie in one array: layer
 * by layer, weight [outputs, inputs] in C order, then bias [outputs].
 *
 * @param widths from input to output, such as [256, 128, 1]
 */
record MlpShape(List<Integer> widths) {
  /** Purpose of the random numbers, see {@link SplitMix64}. */
  private static final long INITIAL_PARAMETERS = 1;

  MlpShape {
    widths = List.copyOf(widths);
  }

  static MlpShape of(int dimension, List<Integer> hidden) {
    List<Integer> widths = new ArrayList<>(List.of(dimension));
    widths.addAll(hidden);
    widths.add(1);
    return new MlpShape(widths);
  }

  int layers() {
    return widths.size() - 1;
  }

  /** Layers count from 0. */
  int inputs(int layer) {
    return widths.get(layer);
  }

  int outputs(int layer) {
    return widths.get(layer + 1);
  }

  int weights(int layer) {
    return Math.multiplyExact(inputs(layer), outputs(layer));
  }

  /** Where the layer's weight begins; its bias follows. */
  int offset(int layer) {
    int offset = 0;
    for (int k = 0; k < layer; k++) {
      offset = Math.addExact(offset, weights(k) + outputs(k));
    }
    return offset;
  }

  /** Number of all parameters. */
  int size() {
    return offset(layers());
  }

  /** As PyTorch's nn.Linear begins: weight and bias uniform within ±1/√inputs. */
  float[] initial(long seed) {
    float[] parameters = new float[size()];
    SplitMix64 random = new SplitMix64(seed, INITIAL_PARAMETERS);
    for (int k = 0; k < layers(); k++) {
      float bound = (float) (1 / Math.sqrt(inputs(k)));
      for (int i = offset(k); i < offset(k + 1); i++) {
        parameters[i] = (2 * random.nextFloat() - 1) * bound;
      }
    }
    return parameters;
  }

  /** The parameters by name: fc1.weight, fc1.bias, fc2.weight … */
  SortedMap<String, Tensor> tensors(float[] parameters) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (int k = 0; k < layers(); k++) {
      int bias = offset(k) + weights(k);
      tensors.put(
          "fc" + (k + 1) + ".weight",
          new Tensor(
              List.of(outputs(k), inputs(k)), Arrays.copyOfRange(parameters, offset(k), bias)));
      tensors.put(
          "fc" + (k + 1) + ".bias",
          new Tensor(List.of(outputs(k)), Arrays.copyOfRange(parameters, bias, bias + outputs(k))));
    }
    return tensors;
  }
}
