package org.speechrate.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * A network of linear layers, and how its parameters lie in one array: layer by layer, weight
 * [outputs, inputs] in C order, then bias [outputs]; last the linear path's weight [1, inputs].
 *
 * @param widths from input to output, such as [256, 128, 1]
 * @param linearPath whether a linear function of the inputs is added to the output
 */
record MlpShape(List<Integer> widths, boolean linearPath) {
  /** Purpose of the random numbers, see {@link SplitMix64}. */
  private static final long INITIAL_PARAMETERS = 1;

  MlpShape {
    widths = List.copyOf(widths);
  }

  static MlpShape of(int dimension, TrainingSpec spec) {
    return of(dimension, spec.hidden(), spec.linearPath());
  }

  static MlpShape of(int dimension, List<Integer> hidden, boolean linearPath) {
    List<Integer> widths = new ArrayList<>(List.of(dimension));
    widths.addAll(hidden);
    widths.add(1);
    return new MlpShape(widths, linearPath);
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

  /** Where the linear path's weight would begin: behind all layers. */
  int linearOffset() {
    return offset(layers());
  }

  /** Where the output's bias lies. */
  int lastBias() {
    return linearOffset() - 1;
  }

  /** Number of all parameters. */
  int size() {
    return Math.addExact(linearOffset(), linearPath ? inputs(0) : 0);
  }

  /** As PyTorch's nn.Linear begins: weight and bias uniform within ±1/√inputs. */
  float[] initial(long seed) {
    float[] parameters = new float[size()];
    SplitMix64 random = new SplitMix64(seed, INITIAL_PARAMETERS);
    for (int k = 0; k < layers(); k++) {
      uniform(random, parameters, offset(k), offset(k + 1), inputs(k));
    }
    uniform(random, parameters, linearOffset(), size(), inputs(0));
    return parameters;
  }

  private static void uniform(SplitMix64 random, float[] parameters, int from, int to, int inputs) {
    float bound = (float) (1 / Math.sqrt(inputs));
    for (int i = from; i < to; i++) {
      parameters[i] = (2 * random.nextFloat() - 1) * bound;
    }
  }

  /** Of one network that answers the mean of so many, see {@link #joined}. */
  MlpShape wide(int networks) {
    List<Integer> wide = new ArrayList<>(widths);
    for (int i = 1; i < widths.size() - 1; i++) {
      wide.set(i, Math.multiplyExact(networks, widths.get(i)));
    }
    return new MlpShape(wide, linearPath);
  }

  /**
   * Of networks of this shape the parameters of one, {@link #wide}, that answers their mean: the
   * hidden layers side by side, without connections between them.
   *
   * @param parameters network behind network
   */
  float[] joined(float[] parameters) {
    int networks = parameters.length / size();
    MlpShape wide = wide(networks);
    float[] joined = new float[wide.size()];
    for (int network = 0; network < networks; network++) {
      int from = network * size();
      for (int k = 0; k < layers(); k++) {
        // The last layer's one row, and bias, are shared by all.
        boolean last = k == layers() - 1;
        int row = last ? 0 : network * outputs(k);
        int column = k == 0 ? 0 : network * inputs(k);
        for (int o = 0; o < outputs(k); o++) {
          int at = wide.offset(k) + (row + o) * wide.inputs(k) + column;
          add(parameters, from + offset(k) + o * inputs(k), joined, at, inputs(k), last, networks);
        }
        int bias = wide.offset(k) + wide.weights(k) + row;
        add(parameters, from + offset(k) + weights(k), joined, bias, outputs(k), last, networks);
      }
      add(
          parameters,
          from + linearOffset(),
          joined,
          wide.linearOffset(),
          size() - linearOffset(),
          true,
          networks);
    }
    return joined;
  }

  /** A part of the mean where the networks share the place. */
  private static void add(
      float[] from, int at, float[] to, int into, int count, boolean shared, int networks) {
    for (int i = 0; i < count; i++) {
      to[into + i] += shared ? from[at + i] / networks : from[at + i];
    }
  }

  MlpShape withLinearPath() {
    return new MlpShape(widths, true);
  }

  /** Of this shape {@link #withLinearPath} the parameters that answer the sum. */
  float[] plus(LinearStart linear, float[] parameters) {
    float[] sum = Arrays.copyOf(parameters, withLinearPath().size());
    for (int i = 0; i < linear.weights().length; i++) {
      sum[linearOffset() + i] += linear.weights()[i];
    }
    sum[lastBias()] += (float) linear.intercept();
    return sum;
  }

  /** The parameters by name: fc1.weight, fc1.bias, fc2.weight …, and linear.weight. */
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
    if (linearPath) {
      tensors.put(
          SpeechRateModel.LINEAR_PATH,
          new Tensor(
              List.of(1, inputs(0)), Arrays.copyOfRange(parameters, linearOffset(), size())));
    }
    return tensors;
  }
}
