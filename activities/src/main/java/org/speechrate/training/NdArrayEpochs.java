package org.speechrate.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  /** Rows that are predicted at once, which bounds the memory. */
  private static final int PREDICT_ROWS = 8192;

  private final MlpShape shape;
  private final int batchSize;
  private final double learningRate;
  private final boolean decays;

  private final NDManager manager;
  private final NDArray x;
  private final NDArray y;
  private final List<NDArray> dev = new ArrayList<>();
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
    this.shape = shape;
    batchSize = spec.batchSize();
    learningRate = spec.learningRate();
    decays = spec.weightDecay() > 0;
    manager = PyTorch.engine().newBaseManager(device);
    x = scaled(scaling, train, 0, train.count());
    y = manager.create(scaling.targets(train.cps()), new Shape(train.count(), 1));
    for (int from = 0; from < dev.count(); from += PREDICT_ROWS) {
      this.dev.add(scaled(scaling, dev, from, Math.min(dev.count(), from + PREDICT_ROWS)));
    }
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

  /** Embeddings of samples from..to, scaled, [to - from, d]. */
  private NDArray scaled(Scaling scaling, SplitRows rows, int from, int to) throws IOException {
    int d = rows.dimension();
    FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(to - from, d));
    rows.gather(IntStream.range(0, to).toArray(), from, to, values);
    scaling.inputs(values);
    return manager.create(values.array(), new Shape(to - from, d));
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
  public double trainEpoch(int[] order) {
    try (NDScope epoch = new NDScope()) {
      NDArray rows = manager.create(Arrays.stream(order).asLongStream().toArray());
      // Gathered once: the batches are then views.
      NDArray epochX = x.get(rows);
      NDArray epochY = y.get(rows);
      long[] starts =
          LongStream.range(1, (order.length + batchSize - 1) / batchSize)
              .map(b -> b * batchSize)
              .toArray();
      NDList batchX = epochX.split(starts);
      NDList batchY = epochY.split(starts);
      for (int b = 0; b < batchX.size(); b++) {
        try (NDScope batch = new NDScope()) {
          trainBatch(batchX.get(b), batchY.get(b));
        }
      }
      // trainBatch has turned each target into its error.
      double squares = 0;
      for (float error : epochY.toFloatArray()) {
        squares += (double) error * error;
      }
      return squares / order.length;
    }
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
  public float[] predictDev() {
    float[] outputs = new float[(int) dev.stream().mapToLong(block -> block.size(0)).sum()];
    int done = 0;
    for (NDArray block : dev) {
      try (NDScope scope = new NDScope()) {
        NDArray values = block;
        for (int k = 0; k < shape.layers(); k++) {
          values = linear(k, values);
        }
        float[] part = values.toFloatArray();
        System.arraycopy(part, 0, outputs, done, part.length);
        done += part.length;
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
