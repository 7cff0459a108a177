package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.training.TrainingSpec;

class NdArrayEpochsTest {
  private static final int D = TestStages.DIMENSION;

  private static float[] inputs(int from, int rows) {
    float[] x = new float[rows * D];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(TestStages.embedding(from + i), 0, x, i * D, D);
    }
    return x;
  }

  private static float[] targets(int rows) {
    float[] y = new float[rows];
    for (int i = 0; i < rows; i++) {
      y[i] = (float) (TestStages.cps(i) - 12);
    }
    return y;
  }

  private static Scaling unscaled(int dimension) {
    return new Scaling(new float[dimension], 1, 0, 1);
  }

  private static int[] inOrder(int rows) {
    return IntStream.range(0, rows).toArray();
  }

  private static NdArrayEpochs epochs(TrainingSpec spec, int rows) throws IOException {
    MlpShape shape = MlpShape.of(D, spec.hidden());
    return new NdArrayEpochs(
        Device.cpu(),
        spec,
        shape,
        new ArrayRows(
            D, inputs(0, rows), IntStream.range(0, rows).mapToDouble(TestStages::cps).toArray()),
        new ArrayRows(D, inputs(rows, 9)),
        new Scaling(new float[D], 1, 12, 1),
        AdamState.start(shape.initial(spec.seed())));
  }

  @Test
  void twoStepsOfAdamByHand() throws IOException {
    // y = w x + b from w = 0.5, b = 0 with x = 2, y = 3; learning rate 0.1, decay 1 of w alone.
    // Step 1: error 3 - 1 = 2; gradients of the square: w -2 · 2 · 2 = -8, b -4. The corrected
    // moments are the gradient and its square, so each parameter moves by 0.1 · 8 / √64 = 0.1:
    // w = 0.5 · (1 - 0.1 · 1) + 0.1 = 0.55, b = 0.1.
    // Step 2: output 1.2, error 1.8; gradients -7.2 and -3.6.
    // w: m = 0.9 · -0.8 + 0.1 · -7.2 = -1.44, corrected / (1 - 0.81) = -7.578947;
    //    v = 0.999 · 0.064 + 0.001 · 51.84 = 0.115776, corrected / (1 - 0.998001) = 57.916958,
    //    root 7.610319; move 0.1 · 7.578947 / 7.610319 = 0.0995878; w = 0.55 · 0.9 + move.
    // b: the same by half, so the same move; b = 0.1 + 0.0995878.
    TrainingSpec spec = Specs.SMALL.hidden().batchSize(1).learningRate(0.1).weightDecay(1).spec();
    try (NdArrayEpochs epochs =
        new NdArrayEpochs(
            Device.cpu(),
            spec,
            MlpShape.of(1, spec.hidden()),
            new ArrayRows(1, new float[] {2}, 3),
            new ArrayRows(1, new float[] {10, 20}),
            unscaled(1),
            AdamState.start(new float[] {0.5f, 0}))) {
      assertThat(epochs.trainEpoch(new int[] {0})).isEqualTo(4);
      assertThat(epochs.state().parameters())
          .containsExactly(new float[] {0.55f, 0.1f}, within(1e-6f));
      assertThat(epochs.trainEpoch(new int[] {0})).isEqualTo(1.8 * 1.8, within(1e-6));
      assertThat(epochs.state().parameters())
          .containsExactly(new float[] {0.5945878f, 0.1995878f}, within(1e-6f));
      assertThat(epochs.state().step()).isEqualTo(2);
      // 10 · 0.5945878 + 0.1995878 and 20 · 0.5945878 + 0.1995878.
      assertThat(epochs.predictDev())
          .containsExactly(new float[] {6.145466f, 12.091344f}, within(1e-5f));
    }
  }

  @Test
  void gradientsAreThoseOfAutomaticDifferentiation() throws IOException {
    TrainingSpec spec = Specs.SMALL.hidden(5, 3).batchSize(20).spec();
    MlpShape shape = MlpShape.of(D, spec.hidden());
    float[] start = shape.initial(spec.seed());
    float[] moment;
    try (NdArrayEpochs epochs = epochs(spec, 20)) {
      epochs.trainEpoch(inOrder(20));
      moment = epochs.state().firstMoment();
    }
    try (NDManager manager = PyTorch.engine().newBaseManager(Device.cpu())) {
      NDArray x = manager.create(inputs(0, 20), new Shape(20, D));
      NDArray y = manager.create(targets(20), new Shape(20, 1));
      NDArray[] parameters = new NDArray[2 * shape.layers()];
      for (int k = 0; k < shape.layers(); k++) {
        var tensors = shape.tensors(start);
        parameters[2 * k] =
            manager.create(
                tensors.get("fc" + (k + 1) + ".weight").values(),
                new Shape(shape.outputs(k), shape.inputs(k)));
        parameters[2 * k + 1] = manager.create(tensors.get("fc" + (k + 1) + ".bias").values());
        parameters[2 * k].setRequiresGradient(true);
        parameters[2 * k + 1].setRequiresGradient(true);
      }
      try (GradientCollector collector = PyTorch.engine().newGradientCollector()) {
        NDArray values = x;
        for (int k = 0; k < shape.layers(); k++) {
          values =
              Linear.linear(values, parameters[2 * k], parameters[2 * k + 1]).singletonOrThrow();
          if (k < shape.layers() - 1) {
            values = ai.djl.nn.Activation.relu(new NDList(values)).singletonOrThrow();
          }
        }
        collector.backward(y.sub(values).square().mean());
      }
      int at = 0;
      for (NDArray parameter : parameters) {
        for (float gradient : parameter.getGradient().flatten().toFloatArray()) {
          // After one step the first moment is a tenth of the gradient.
          assertThat(moment[at] * 10).as("parameter %d", at).isEqualTo(gradient, within(1e-5f));
          at++;
        }
      }
      assertThat(at).isEqualTo(shape.size());
    }
  }

  @Test
  void theLastBatchMayBeShort() throws IOException {
    // 20 rows by 7: batches of 7, 7 and 6.
    try (NdArrayEpochs epochs = epochs(Specs.SMALL.spec(), 20)) {
      epochs.trainEpoch(inOrder(20));
      assertThat(epochs.state().step()).isEqualTo(3);
    }
    // 14 rows by 7: two, and no empty third.
    try (NdArrayEpochs epochs = epochs(Specs.SMALL.spec(), 14)) {
      epochs.trainEpoch(inOrder(14));
      assertThat(epochs.state().step()).isEqualTo(2);
    }
  }

  @Test
  void predictsMoreRowsThanOneBlockHolds() throws IOException {
    TrainingSpec spec = Specs.SMALL.hidden().spec();
    float[] dev = new float[8200];
    dev[0] = 1;
    dev[8191] = 2;
    dev[8192] = 3;
    try (NdArrayEpochs epochs =
        new NdArrayEpochs(
            Device.cpu(),
            spec,
            MlpShape.of(1, spec.hidden()),
            new ArrayRows(1, new float[] {1}, 1),
            new ArrayRows(1, dev),
            unscaled(1),
            AdamState.start(new float[] {10, 5}))) {
      float[] outputs = epochs.predictDev();
      assertThat(outputs).hasSize(8200);
      assertThat(outputs[0]).isEqualTo(15);
      assertThat(outputs[1]).isEqualTo(5);
      assertThat(outputs[8191]).isEqualTo(25);
      assertThat(outputs[8192]).isEqualTo(35);
    }
  }

  @Test
  void keepsNoNativeMemoryFromOneEpochToTheNext() throws IOException {
    try (NdArrayEpochs epochs = epochs(Specs.SMALL.spec(), 50)) {
      int atStart = epochs.liveArrays();
      for (int i = 0; i < 20; i++) {
        epochs.trainEpoch(inOrder(50));
        epochs.predictDev();
        epochs.state();
      }
      assertThat(atStart).isPositive();
      assertThat(epochs.liveArrays()).isEqualTo(atStart);
    }
  }

  @Test
  void chunksChangeNoBit() throws IOException {
    TrainingSpec spec = Specs.SMALL.hidden(5).batchSize(7).spec();
    MlpShape shape = MlpShape.of(D, spec.hidden());
    float[] dev = inputs(60, 8200);
    float[][] outputs = new float[2][];
    AdamState[] states = new AdamState[2];
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      try (NdArrayEpochs epochs =
          new NdArrayEpochs(
              Device.cpu(),
              spec,
              shape,
              new ArrayRows(
                  D, inputs(0, 60), IntStream.range(0, 60).mapToDouble(TestStages::cps).toArray()),
              new ArrayRows(D, dev),
              new Scaling(new float[] {0.1f, 0, -0.2f, 0.3f}, 0.7, 12, 1.3),
              AdamState.start(shape.initial(spec.seed())),
              // Two batches a chunk, or all.
              i == 0 ? 2 * 7 * D * Float.BYTES : 1 << 20)) {
        for (int epoch = 1; epoch <= 3; epoch++) {
          losses[i] = epochs.trainEpoch(MlpTrainer.order(1, epoch, 60));
        }
        outputs[i] = epochs.predictDev();
        states[i] = epochs.state();
      }
    }
    assertThat(losses[0]).isEqualTo(losses[1]);
    assertThat(outputs[0]).hasSize(8200).isEqualTo(outputs[1]);
    assertThat(states[0]).usingRecursiveComparison().isEqualTo(states[1]);
  }
}
