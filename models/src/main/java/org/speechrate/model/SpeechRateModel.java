package org.speechrate.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.numbers.gamma.Erfc;

/**
 * Predicts the speech rate of an utterance, in letters per second (cps), from its speaker
 * embedding. Computes in double precision in a fixed order, so that every machine gives the same
 * numbers; may be used by many threads at once.
 */
public final class SpeechRateModel {
  /** Name of the weights inside a version's folder. */
  public static final String FILE = "model.safetensors";

  /** Key of the metadata that names the activation; a file without it has ReLU. */
  public static final String ACTIVATION = "activation";

  /** Name of the weight of the linear path, which not every model has. */
  public static final String LINEAR_PATH = "linear.weight";

  private final List<Layer> layers;
  private final Activation activation;

  /** [d], zeros where the model has no linear path. */
  private final float[] linearPath;

  /** What a hidden value becomes. */
  private enum Activation {
    RELU {
      @Override
      double of(double value) {
        return Math.max(value, 0);
      }
    },
    GELU {
      @Override
      double of(double value) {
        return 0.5 * value * Erfc.value(-value / Math.sqrt(2));
      }
    },
    TANH {
      @Override
      double of(double value) {
        return StrictMath.tanh(value);
      }
    };

    abstract double of(double value);

    static Activation named(String name) {
      for (Activation activation : values()) {
        if (activation.name().toLowerCase(Locale.ROOT).equals(name)) {
          return activation;
        }
      }
      throw new IllegalArgumentException(
          "metadata activation must be relu, gelu or tanh, got " + name);
    }
  }

  /** One linear layer, its weights by input: [inputs][outputs]. */
  private static final class Layer {
    final double[][] weights;
    final double[] bias;

    Layer(Tensor weight, Tensor bias) {
      int outputs = weight.shape().get(0);
      int inputs = weight.shape().get(1);
      weights = new double[inputs][outputs];
      for (int o = 0; o < outputs; o++) {
        for (int i = 0; i < inputs; i++) {
          weights[i][o] = weight.values()[o * inputs + i];
        }
      }
      this.bias = new double[outputs];
      for (int o = 0; o < outputs; o++) {
        this.bias[o] = bias.values()[o];
      }
    }

    /**
     * Adds input by input, but four in one pass, so that outputs are loaded and stored once for
     * four of them. The inner loops run over the outputs: the compiler makes vector instructions of
     * them.
     */
    double[] apply(double[] input) {
      double[] output = bias.clone();
      int[] used = new int[input.length];
      int n = 0;
      for (int i = 0; i < input.length; i++) {
        if (input[i] != 0) {
          used[n++] = i;
        }
      }
      int k = 0;
      for (; k + 3 < n; k += 4) {
        addFour(output, input, used[k], used[k + 1], used[k + 2], used[k + 3]);
      }
      for (; k < n; k++) {
        add(output, input[used[k]], weights[used[k]]);
      }
      return output;
    }

    private void addFour(double[] output, double[] input, int i, int j, int k, int l) {
      double a = input[i];
      double b = input[j];
      double c = input[k];
      double d = input[l];
      double[] ofA = weights[i];
      double[] ofB = weights[j];
      double[] ofC = weights[k];
      double[] ofD = weights[l];
      for (int o = 0; o < output.length; o++) {
        output[o] = output[o] + a * ofA[o] + b * ofB[o] + c * ofC[o] + d * ofD[o];
      }
    }

    private static void add(double[] output, double value, double[] row) {
      for (int o = 0; o < output.length; o++) {
        output[o] += value * row[o];
      }
    }
  }

  private SpeechRateModel(List<Layer> layers, Activation activation, float[] linearPath) {
    this.layers = layers;
    this.activation = activation;
    this.linearPath = linearPath;
  }

  /**
   * Loads a version.
   *
   * @param versionFolderOrFile {@code models/<name>/<version>}, or a safetensors file
   * @throws IOException if the file cannot be read or holds no such model; one line, with the file
   */
  public static SpeechRateModel load(Path versionFolderOrFile) throws IOException {
    Path file =
        Files.isDirectory(versionFolderOrFile)
            ? versionFolderOrFile.resolve(FILE)
            : versionFolderOrFile;
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          file + " does not exist; load takes the folder of a version, or its " + FILE);
    }
    SafeTensors weights = SafeTensors.read(file);
    try {
      return of(weights);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " holds no speech-rate model: " + SafeTensors.line(e), e);
    }
  }

  /**
   * The model with these weights: {@code fc1.weight} [hidden, d], {@code fc1.bias} [hidden], … up
   * to an output layer of one value, and {@link #LINEAR_PATH} [1, d] where there is a linear path;
   * {@link #ACTIVATION} in the metadata.
   *
   * @throws IllegalArgumentException if a layer is absent, of another shape, or not finite, or the
   *     activation is unknown
   */
  public static SpeechRateModel of(SafeTensors weights) {
    boolean hasLinearPath = weights.tensors().containsKey(LINEAR_PATH);
    int count = weights.tensors().size() - (hasLinearPath ? 1 : 0);
    if (count == 0 || count % 2 != 0) {
      throw new IllegalArgumentException(
          "a weight and a bias for each layer are needed, got " + weights.tensors().keySet());
    }
    List<Layer> layers = new ArrayList<>();
    int inputs = -1;
    for (int k = 1; k <= count / 2; k++) {
      Tensor weight = weights.tensor("fc" + k + ".weight");
      Tensor bias = weights.tensor("fc" + k + ".bias");
      if (weight.shape().size() != 2 || weight.values().length == 0) {
        throw new IllegalArgumentException(
            String.format("fc%d.weight must be [outputs, inputs], got %s", k, weight.shape()));
      }
      if (inputs >= 0 && weight.shape().get(1) != inputs) {
        throw new IllegalArgumentException(
            String.format(
                "fc%d.weight must take %d inputs, got shape %s", k, inputs, weight.shape()));
      }
      inputs = weight.shape().get(0);
      if (!bias.shape().equals(List.of(inputs))) {
        throw new IllegalArgumentException(
            String.format("fc%d.bias must be [%d], got %s", k, inputs, bias.shape()));
      }
      requireFinite("fc" + k + ".weight", weight.values());
      requireFinite("fc" + k + ".bias", bias.values());
      layers.add(new Layer(weight, bias));
    }
    if (inputs != 1) {
      throw new IllegalArgumentException(
          String.format("the last layer must give 1 value, got %d", inputs));
    }
    int dimension = layers.get(0).weights.length;
    float[] linearPath = new float[dimension];
    if (hasLinearPath) {
      Tensor weight = weights.tensor(LINEAR_PATH);
      if (!weight.shape().equals(List.of(1, dimension))) {
        throw new IllegalArgumentException(
            String.format("%s must be [1, %d], got %s", LINEAR_PATH, dimension, weight.shape()));
      }
      requireFinite(LINEAR_PATH, weight.values());
      linearPath = weight.values().clone();
    }
    return new SpeechRateModel(
        List.copyOf(layers),
        Activation.named(weights.metadata().getOrDefault(ACTIVATION, "relu")),
        linearPath);
  }

  private static void requireFinite(String name, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            String.format("%s must be finite, value %d is %s", name, i, values[i]));
      }
    }
  }

  /** Number of values of an embedding. */
  public int dimension() {
    return layers.get(0).weights.length;
  }

  /** Widths from input to output, such as [256, 128, 1]. */
  public List<Integer> layers() {
    List<Integer> widths = new ArrayList<>(List.of(dimension()));
    layers.forEach(layer -> widths.add(layer.bias.length));
    return List.copyOf(widths);
  }

  /**
   * Letters per second of each embedding.
   *
   * @param embeddings [n][{@link #dimension}], raw: what training did to scale them is part of the
   *     weights
   * @return [n]
   * @throws IllegalArgumentException if a row has another number of values, or one that is NaN or
   *     infinite
   */
  public float[] predict(float[][] embeddings) {
    float[] cps = new float[embeddings.length];
    for (int row = 0; row < embeddings.length; row++) {
      double[] input = input(embeddings[row], row);
      double linear = 0;
      for (int i = 0; i < input.length; i++) {
        linear += input[i] * linearPath[i];
      }
      double[] values = input;
      for (int k = 0; k < layers.size(); k++) {
        values = layers.get(k).apply(values);
        if (k < layers.size() - 1) {
          for (int i = 0; i < values.length; i++) {
            values[i] = activation.of(values[i]);
          }
        }
      }
      cps[row] = (float) (values[0] + linear);
    }
    return cps;
  }

  private double[] input(float[] embedding, int row) {
    if (embedding.length != dimension()) {
      throw new IllegalArgumentException(
          String.format(
              "embedding %d must have %d values, got %d", row, dimension(), embedding.length));
    }
    double[] values = new double[embedding.length];
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(embedding[i])) {
        throw new IllegalArgumentException(
            String.format("embedding %d must be finite, value %d is %s", row, i, embedding[i]));
      }
      values[i] = embedding[i];
    }
    return values;
  }
}
