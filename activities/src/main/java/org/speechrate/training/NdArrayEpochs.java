package org.speechrate.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * Epochs by DJL's NDArray operations, with the backward pass written out: faster than automatic
 * differentiation for so small a network, and any number of trainings can run in one process.
 *
 * <p>All parameters are one array, and each layer's weight and bias are views of it, so that one
 * Adam step is a dozen operations however many layers there are.
 */
final class NdArrayEpochs implements EpochComputer {
  // PyTorch's defaults.
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  /** A split of more bytes passes in chunks, each epoch anew; none of it lies in the heap. */
  private static final long MOST_BYTES = 256L << 20;

  /** Rows that are predicted at once, which bounds the memory. */
  private static final int PREDICT_ROWS = 8192;

  private final MlpShape shape;
  private final int batchSize;
  private final double learningRate;
  private final boolean decays;

  private final NDManager manager;
  private final Rows train;
  private final Rows dev;
  private final NDArray y;
  private final NDArray parameters;
  private final NDArray firstMoment;
  private final NDArray secondMoment;

  /** What a step leaves of each parameter: 1 of a bias, a little less of a weight. */
  private final NDArray decay;

  private final List<NDArray> weights = new ArrayList<>();
  private final List<NDArray> transposed = new ArrayList<>();
  private final List<NDArray> biases = new ArrayList<>();
  private long step;

  /**
   * @throws Refusal if an embedding is not finite
   */
  NdArrayEpochs(
      Device device,
      TrainingSpec spec,
      MlpShape shape,
      SplitRows train,
      SplitRows dev,
      Scaling scaling,
      AdamState start)
      throws IOException {
    this(device, spec, shape, train, dev, scaling, start, MOST_BYTES);
  }

  /**
   * @param mostBytes of a split's embeddings that are held at once
   */
  NdArrayEpochs(
      Device device,
      TrainingSpec spec,
      MlpShape shape,
      SplitRows train,
      SplitRows dev,
      Scaling scaling,
      AdamState start,
      long mostBytes)
      throws IOException {
    this.shape = shape;
    batchSize = spec.batchSize();
    learningRate = spec.learningRate();
    decays = spec.weightDecay() > 0;
    manager = PyTorch.engine().newBaseManager(device);
    this.train = new Rows(train, scaling, batchSize, mostBytes);
    this.dev = new Rows(dev, scaling, PREDICT_ROWS, mostBytes);
    y = manager.create(scaling.targets(train.cps()), new Shape(train.count(), 1));
    parameters = manager.create(start.parameters());
    firstMoment = manager.create(start.firstMoment());
    secondMoment = manager.create(start.secondMoment());
    step = start.step();
    decay = manager.create(decayFactors(spec));
    NDList parts = parameters.split(bounds());
    for (int k = 0; k < shape.layers(); k++) {
      NDArray weight = parts.get(2 * k).reshape(shape.outputs(k), shape.inputs(k));
      weights.add(weight);
      transposed.add(weight.transpose());
      biases.add(parts.get(2 * k + 1));
    }
  }

  /** The scaled embeddings of a split: all of them, or as many at once as there is room for. */
  private final class Rows {
    private final SplitRows rows;
    private final Scaling scaling;

    /** A multiple of the unit. */
    private final int chunk;

    private final ByteBuffer buffer;
    private final Optional<NDArray> all;

    Rows(SplitRows rows, Scaling scaling, int unit, long mostBytes) throws IOException {
      this.rows = rows;
      this.scaling = scaling;
      long rowBytes = (long) Float.BYTES * rows.dimension();
      long units = Math.max(1, mostBytes / rowBytes / unit);
      chunk = (int) Math.min(rows.count(), units * unit);
      long room = Math.max(mostBytes, Runtime.getRuntime().maxMemory() / 4);
      if (chunk * rowBytes > Math.min(Integer.MAX_VALUE, room)) {
        throw new Refusal(
            Refusal.Kind.BAD_VALUE,
            String.format(
                Locale.ROOT,
                "training: %,d embeddings of %,d values need %,d MB at once, there is room for %,d"
                    + " MB; choose a smaller training.batchSize, or give the worker a larger heap",
                chunk,
                rows.dimension(),
                (chunk * rowBytes) >> 20,
                room >> 20));
      }
      buffer =
          ByteBuffer.allocateDirect(Math.toIntExact(chunk * rowBytes))
              .order(ByteOrder.nativeOrder());
      all =
          chunk == rows.count()
              ? Optional.of(gather(IntStream.range(0, chunk).toArray(), 0, chunk))
              : Optional.empty();
    }

    /** Samples order[from..to), at most {@link #chunk}; valid until the next call. */
    NDArray get(int[] order, int from, int to) throws IOException {
      return all.isPresent()
          ? all.get().get(manager.create(Arrays.stream(order, from, to).asLongStream().toArray()))
          : gather(order, from, to);
    }

    private NDArray gather(int[] order, int from, int to) throws IOException {
      FloatBuffer values = buffer.clear().asFloatBuffer();
      rows.gather(order, from, to, values);
      scaling.inputs(values.flip());
      return manager.create(
          buffer.limit(Float.BYTES * values.limit()),
          new Shape(to - from, rows.dimension()),
          DataType.FLOAT32);
    }
  }

  /** Where each weight and each bias begins, but the first one. */
  private long[] bounds() {
    return LongStream.range(1, 2L * shape.layers())
        .map(
            i -> {
              int k = (int) (i / 2);
              return (long) shape.offset(k) + (i % 2 == 0 ? 0 : shape.weights(k));
            })
        .toArray();
  }

  private float[] decayFactors(TrainingSpec spec) {
    float[] factors = new float[shape.size()];
    Arrays.fill(factors, 1);
    for (int k = 0; k < shape.layers(); k++) {
      Arrays.fill(
          factors,
          shape.offset(k),
          shape.offset(k) + shape.weights(k),
          (float) (1 - spec.learningRate() * spec.weightDecay()));
    }
    return factors;
  }

  @Override
  @SuppressWarnings("try") // The scopes only have to end.
  public double trainEpoch(int[] order) throws IOException {
    double squares = 0;
    for (int from = 0; from < order.length; from += train.chunk) {
      int to = Math.min(order.length, from + train.chunk);
      try (NDScope chunk = new NDScope()) {
        NDArray x = train.get(order, from, to);
        NDArray errors =
            y.get(manager.create(Arrays.stream(order, from, to).asLongStream().toArray()));
        trainBatches(x, errors);
        for (float error : errors.toFloatArray()) {
          squares += (double) error * error;
        }
      }
    }
    return squares / order.length;
  }

  /**
   * @param x [n, d]
   * @param y [n, 1]; becomes target - output
   */
  @SuppressWarnings("try") // The scope only has to end.
  private void trainBatches(NDArray x, NDArray y) {
    NDList inputs = blocks(x, batchSize);
    NDList targets = blocks(y, batchSize);
    for (int b = 0; b < inputs.size(); b++) {
      try (NDScope batch = new NDScope()) {
        trainBatch(inputs.get(b), targets.get(b));
      }
    }
  }

  /** Views of so many rows each; the last may have fewer. */
  private static NDList blocks(NDArray rows, int size) {
    return rows.split(
        LongStream.range(1, (rows.size(0) + size - 1) / size).map(b -> b * size).toArray());
  }

  /**
   * @param input [b, d]
   * @param target [b, 1]; becomes target - output
   */
  private void trainBatch(NDArray input, NDArray target) {
    int layers = shape.layers();
    List<NDArray> inputs = new ArrayList<>(layers);
    NDArray values = input;
    for (int k = 0; k < layers; k++) {
      inputs.add(values);
      values = linear(k, values);
    }
    target.subi(values);
    // d/d output of the mean of (target - output)².
    NDArray slope = target.mul(-2.0 / target.size(0));
    NDArray[] gradients = new NDArray[2 * layers];
    for (int k = layers - 1; k >= 0; k--) {
      gradients[2 * k] = slope.transpose().matMul(inputs.get(k)).flatten();
      gradients[2 * k + 1] = slope.sum(new int[] {0});
      if (k > 0) {
        // ReLU let through what is positive behind it: there its sign is 1, elsewhere 0.
        slope = slope.matMul(weights.get(k)).muli(inputs.get(k).sign());
      }
    }
    adamStep(NDArrays.concat(new NDList(gradients)));
  }

  private NDArray linear(int k, NDArray input) {
    NDArray output = input.matMul(transposed.get(k)).addi(biases.get(k));
    return k < shape.layers() - 1 ? output.maximum(0f) : output;
  }

  /** As torch.optim.AdamW: epsilon is added to the bias-corrected root. */
  private void adamStep(NDArray gradient) {
    step++;
    firstMoment.muli(BETA1).addi(gradient.mul(1 - BETA1));
    secondMoment.muli(BETA2).addi(gradient.square().muli(1 - BETA2));
    double correction1 = 1 - Math.pow(BETA1, (double) step);
    double correction2 = 1 - Math.pow(BETA2, (double) step);
    NDArray root = secondMoment.sqrt().divi(Math.sqrt(correction2)).addi(EPSILON);
    if (decays) {
      parameters.muli(decay);
    }
    parameters.subi(firstMoment.div(root).muli(learningRate / correction1));
  }

  @Override
  @SuppressWarnings("try") // The scope only has to end.
  public float[] predictDev() throws IOException {
    float[] outputs = new float[dev.rows.count()];
    int[] inOrder = IntStream.range(0, outputs.length).toArray();
    for (int from = 0; from < outputs.length; from += dev.chunk) {
      int to = Math.min(outputs.length, from + dev.chunk);
      try (NDScope scope = new NDScope()) {
        int done = from;
        for (NDArray block : blocks(dev.get(inOrder, from, to), PREDICT_ROWS)) {
          NDArray values = block;
          for (int k = 0; k < shape.layers(); k++) {
            values = linear(k, values);
          }
          float[] part = values.toFloatArray();
          System.arraycopy(part, 0, outputs, done, part.length);
          done += part.length;
        }
      }
    }
    return outputs;
  }

  @Override
  public AdamState state() {
    return new AdamState(
        parameters.toFloatArray(), firstMoment.toFloatArray(), secondMoment.toFloatArray(), step);
  }

  /** Native arrays that are alive; the same after every epoch. */
  int liveArrays() {
    return manager.getManagedArrays().size();
  }

  @Override
  public void close() {
    manager.close();
  }
}
