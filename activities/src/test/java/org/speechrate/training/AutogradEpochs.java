package org.speechrate.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * The same epochs by other means, to test against: gradients by DJL's automatic differentiation of
 * the loss as it is defined, Adam in Java and in double precision. Inputs are taken as they are.
 */
final class AutogradEpochs {
  private final TrainingSpec spec;
  private final MlpShape shape;
  private final ArrayRows rows;
  private final Scaling scaling;
  private final double[] parameters;
  private final double[] firstMoment;
  private final double[] secondMoment;
  private int step;

  AutogradEpochs(TrainingSpec spec, MlpShape shape, ArrayRows rows, Scaling scaling) {
    this.spec = spec;
    this.shape = shape;
    this.rows = rows;
    this.scaling = scaling;
    float[] initial = shape.initial(spec.seed());
    parameters = new double[initial.length];
    Arrays.setAll(parameters, i -> initial[i]);
    firstMoment = new double[initial.length];
    secondMoment = new double[initial.length];
  }

  double[] parameters() {
    return parameters;
  }

  /** The mean of the squared errors. */
  double trainEpoch(int[] order) {
    double squares = 0;
    for (int from = 0; from < order.length; from += spec.batchSize()) {
      int to = Math.min(from + spec.batchSize(), order.length);
      squares += batch(Arrays.copyOfRange(order, from, to), order.length);
    }
    return squares / order.length;
  }

  private double batch(int[] batch, int rowsPerEpoch) {
    int d = shape.inputs(0);
    double[] x = new double[batch.length * d];
    double[] y = new double[batch.length];
    float[] targets = scaling.targets(rows.cps());
    for (int i = 0; i < batch.length; i++) {
      y[i] = targets[batch[i]];
      for (int j = 0; j < d; j++) {
        x[i * d + j] = rows.x()[batch[i] * d + j];
      }
    }
    try (NDManager manager = PyTorch.engine().newBaseManager(Device.cpu())) {
      List<NDArray> parts = new ArrayList<>();
      for (int k = 0; k < shape.layers(); k++) {
        int bias = shape.offset(k) + shape.weights(k);
        parts.add(part(manager, shape.offset(k), shape.outputs(k), shape.inputs(k)));
        parts.add(part(manager, bias, 1, shape.outputs(k)));
      }
      if (shape.linearPath()) {
        parts.add(part(manager, shape.linearOffset(), 1, d));
      }
      NDArray error;
      try (GradientCollector collector = PyTorch.engine().newGradientCollector()) {
        NDArray output = output(manager, parts, manager.create(x, new Shape(batch.length, d)));
        error = manager.create(y, new Shape(batch.length, 1)).sub(output);
        collector.backward(loss(error).mean());
      }
      double[] gradient =
          parts.stream()
              .flatMapToDouble(part -> Arrays.stream(part.getGradient().toDoubleArray()))
              .toArray();
      adam(gradient, (rowsPerEpoch + spec.batchSize() - 1) / spec.batchSize());
      return Arrays.stream(error.toDoubleArray()).map(e -> e * e).sum();
    }
  }

  private NDArray part(NDManager manager, int from, int outputs, int inputs) {
    NDArray part =
        manager.create(
            Arrays.copyOfRange(parameters, from, from + outputs * inputs),
            new Shape(outputs, inputs));
    part.setRequiresGradient(true);
    return part;
  }

  private NDArray output(NDManager manager, List<NDArray> parts, NDArray x) {
    SplitMix64 random = new SplitMix64(spec.seed(), 3, step);
    int batch = (int) x.size(0);
    int masks = shape.widths().subList(1, shape.layers()).stream().mapToInt(w -> w).sum();
    double[] kept = new double[batch * masks];
    Arrays.setAll(kept, i -> random.nextFloat() < spec.dropout() ? 0 : 1 / (1 - spec.dropout()));
    NDArray mask = masks == 0 ? null : manager.create(kept, new Shape(batch, masks));
    NDArray values = x;
    int masked = 0;
    for (int k = 0; k < shape.layers(); k++) {
      values = values.matMul(parts.get(2 * k).transpose()).add(parts.get(2 * k + 1));
      if (k < shape.layers() - 1) {
        values = activation(values);
        if (spec.dropout() > 0) {
          values = values.mul(mask.get(":," + masked + ":" + (masked + shape.outputs(k))));
          masked += shape.outputs(k);
        }
      }
    }
    return shape.linearPath()
        ? values.add(x.matMul(parts.get(parts.size() - 1).transpose()))
        : values;
  }

  private NDArray activation(NDArray values) {
    return switch (spec.activation()) {
      case RELU -> Activation.relu(new NDList(values)).singletonOrThrow();
      case GELU -> Activation.gelu(new NDList(values)).singletonOrThrow();
      case TANH -> Activation.tanh(new NDList(values)).singletonOrThrow();
    };
  }

  private NDArray loss(NDArray error) {
    double delta = spec.huberDelta() / scaling.targetScale();
    return switch (spec.loss()) {
      case MSE -> error.square();
      case MAE -> error.abs();
      case HUBER -> {
        NDArray inside = error.abs().lte(delta).toType(DataType.FLOAT64, false);
        NDArray linear = error.abs().sub(delta / 2).mul(delta);
        yield error.square().div(2).mul(inside).add(linear.mul(inside.mul(-1).add(1)));
      }
    };
  }

  private void adam(double[] gradient, int stepsPerEpoch) {
    double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
    double shorter = spec.clipNorm() > 0 ? Math.min(1, spec.clipNorm() / (norm + 1e-6)) : 1;
    double rate = TorchScriptEpochs.learningRate(spec, step, stepsPerEpoch);
    step++;
    for (int i = 0; i < parameters.length; i++) {
      double g = gradient[i] * shorter;
      firstMoment[i] = 0.9 * firstMoment[i] + 0.1 * g;
      secondMoment[i] = 0.999 * secondMoment[i] + 0.001 * g * g;
      double m = firstMoment[i] / (1 - Math.pow(0.9, step));
      double v = secondMoment[i] / (1 - Math.pow(0.999, step));
      if (!isBias(i)) {
        parameters[i] *= 1 - rate * spec.weightDecay();
      }
      parameters[i] -= rate * m / (Math.sqrt(v) + 1e-8);
    }
  }

  private boolean isBias(int i) {
    for (int k = 0; k < shape.layers(); k++) {
      if (i >= shape.offset(k) + shape.weights(k) && i < shape.offset(k + 1)) {
        return true;
      }
    }
    return false;
  }
}
