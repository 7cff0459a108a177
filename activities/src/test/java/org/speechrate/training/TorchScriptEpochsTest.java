package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.L2Loss;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.training.TrainingSpec;

class TorchScriptEpochsTest {
  private static final int D = TestStages.DIMENSION;

  private static float[] inputs(int from, int rows) {
    float[] x = new float[rows * D];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(TestStages.embedding(from + i), 0, x, i * D, D);
    }
    return x;
  }

  private static Scaling unscaled(int dimension) {
    return new Scaling(new float[dimension], 1, 0, 1);
  }

  private static double train(TorchScriptEpochs epochs, int... order) throws IOException {
    return epochs.trainEpoch(new int[][] {order}, () -> false).orElseThrow();
  }

  private static int[] inOrder(int rows) {
    return IntStream.range(0, rows).toArray();
  }

  private static TorchScriptEpochs epochs(TrainingSpec spec, int rows) throws IOException {
    MlpShape shape = MlpShape.of(D, spec);
    return new TorchScriptEpochs(
        Device.cpu(),
        spec,
        shape,
        rows(0, rows),
        rows(rows, 9),
        HALVED,
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
    try (TorchScriptEpochs epochs =
        new TorchScriptEpochs(
            Device.cpu(),
            spec,
            MlpShape.of(1, spec),
            new ArrayRows(1, new float[] {2}, 3),
            new ArrayRows(1, new float[] {10, 20}),
            unscaled(1),
            AdamState.start(new float[] {0.5f, 0}))) {
      assertThat(train(epochs, 0)).isEqualTo(4);
      assertThat(epochs.state().parameters())
          .containsExactly(new float[] {0.55f, 0.1f}, within(1e-6f));
      assertThat(train(epochs, 0)).isEqualTo(1.8 * 1.8, within(1e-6));
      assertThat(epochs.state().parameters())
          .containsExactly(new float[] {0.5945878f, 0.1995878f}, within(1e-6f));
      assertThat(epochs.state().step()).isEqualTo(2);
      // 10 · 0.5945878 + 0.1995878 and 20 · 0.5945878 + 0.1995878.
      assertThat(epochs.predictDev())
          .containsExactly(new float[] {6.145466f, 12.091344f}, within(1e-5f));
    }
  }

  private static final ArrayRows ROWS = rows(0, 60);
  private static final ArrayRows DEV = rows(60, 9);

  /** Targets around 0, in units of 2 letters/s. */
  private static final Scaling HALVED = new Scaling(new float[D], 1, 12, 2);

  private static ArrayRows rows(int from, int count) {
    return new ArrayRows(
        D,
        inputs(from, count),
        IntStream.range(from, from + count).mapToDouble(TestStages::cps).toArray());
  }

  /** Each option alone and all of them together. */
  static Stream<Specs> options() {
    Specs plain = Specs.SMALL.hidden(5, 3).weightDecay(0).epochs(20);
    return Stream.of(
        plain,
        plain.weightDecay(0.5),
        plain.hidden(),
        plain.with("activation", "gelu"),
        plain.with("activation", "tanh"),
        plain.with("linearPath", true),
        plain.hidden().with("linearPath", true).weightDecay(0.5),
        plain.with("dropout", 0.3),
        plain.with("dropout", 0.3).with("activation", "gelu"),
        plain.with("dropout", 0.3).with("activation", "tanh"),
        plain.with("clipNorm", 0.5),
        plain.with("loss", "mae"),
        plain.with("loss", "huber").with("huberDelta", 1.5),
        plain.with("schedule", "cosine"),
        plain.with("warmupEpochs", 2),
        plain
            .with("activation", "gelu")
            .with("linearPath", true)
            .with("dropout", 0.1)
            .with("clipNorm", 0.7)
            .with("loss", "huber")
            .with("schedule", "cosine")
            .with("warmupEpochs", 1)
            .weightDecay(0.5));
  }

  @ParameterizedTest
  @MethodSource("options")
  void trainsAsAutomaticDifferentiationAndAdamInDoublePrecisionDo(Specs specs) throws IOException {
    TrainingSpec spec = specs.spec();
    MlpShape shape = MlpShape.of(D, spec);
    AutogradEpochs expected = new AutogradEpochs(spec, shape, ROWS, HALVED);
    try (TorchScriptEpochs epochs =
        new TorchScriptEpochs(
            Device.cpu(),
            spec,
            shape,
            ROWS,
            DEV,
            HALVED,
            AdamState.start(shape.initial(spec.seed())))) {
      List<Double> losses = new ArrayList<>();
      for (int epoch = 1; epoch <= spec.epochs(); epoch++) {
        int[] order = MlpTrainer.order(spec.seed(), epoch, ROWS.count());
        losses.add(train(epochs, order));
        assertThat(losses.get(epoch - 1)).isEqualTo(expected.trainEpoch(order), within(1e-5));
      }
      float[] parameters = epochs.state().parameters();
      for (int i = 0; i < parameters.length; i++) {
        assertThat((double) parameters[i]).isEqualTo(expected.parameters()[i], within(2e-5));
      }
      // An operation that the engine drops without a word would leave the weights where they were.
      assertThat(losses.get(losses.size() - 1)).isLessThan(0.8 * losses.get(0));
    }
  }

  @Test
  void trainsAsDjlsTrainerDoes() throws IOException {
    TrainingSpec spec = Specs.SMALL.hidden(5, 3).weightDecay(0).spec();
    MlpShape shape = MlpShape.of(D, spec);
    float[] start = shape.initial(spec.seed());
    SequentialBlock block = new SequentialBlock();
    for (int k = 0; k < shape.layers(); k++) {
      block.add(Linear.builder().setUnits(shape.outputs(k)).build());
      if (k < shape.layers() - 1) {
        block.add(Activation::relu);
      }
    }
    Optimizer adam =
        Optimizer.adam().optLearningRateTracker(Tracker.fixed((float) spec.learningRate())).build();
    Loss mse = new L2Loss("mse", 1);
    try (NDManager manager = PyTorch.engine().newBaseManager(Device.cpu());
        Model model = Model.newInstance("trainer", Device.cpu(), "PyTorch");
        TorchScriptEpochs epochs =
            new TorchScriptEpochs(
                Device.cpu(), spec, shape, ROWS, DEV, HALVED, AdamState.start(start))) {
      model.setBlock(block);
      try (Trainer trainer =
          model.newTrainer(
              new DefaultTrainingConfig(mse)
                  .optOptimizer(adam)
                  .optDevices(new Device[] {Device.cpu()}))) {
        trainer.initialize(new Shape(1, D));
        set(manager, block, shape, start);
        for (int epoch = 1; epoch <= spec.epochs(); epoch++) {
          int[] order = MlpTrainer.order(spec.seed(), epoch, ROWS.count());
          double squares = 0;
          for (int from = 0; from < order.length; from += spec.batchSize()) {
            int[] batch =
                Arrays.copyOfRange(order, from, Math.min(from + spec.batchSize(), order.length));
            squares += batch.length * step(manager, trainer, mse, batch);
          }
          assertThat(train(epochs, order)).isEqualTo(squares / order.length, within(1e-5));
        }
      }
    }
  }

  private static void set(
      NDManager manager, SequentialBlock block, MlpShape shape, float[] values) {
    Map<String, Tensor> tensors = shape.tensors(values);
    int layer = 0;
    for (Block part : block.getChildren().values()) {
      if (part instanceof Linear) {
        layer++;
        for (String name : List.of("weight", "bias")) {
          Tensor tensor = tensors.get("fc" + layer + "." + name);
          NDArray array = part.getParameters().get(name).getArray();
          manager.create(tensor.values(), array.getShape()).copyTo(array);
        }
      }
    }
  }

  /** The batch's loss before the step. */
  private static float step(NDManager manager, Trainer trainer, Loss mse, int... batch) {
    float[] x = new float[batch.length * D];
    float[] y = new float[batch.length];
    float[] targets = HALVED.targets(ROWS.cps());
    for (int i = 0; i < batch.length; i++) {
      System.arraycopy(ROWS.x(), batch[i] * D, x, i * D, D);
      y[i] = targets[batch[i]];
    }
    float before;
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDArray output =
          trainer
              .forward(new NDList(manager.create(x, new Shape(batch.length, D))))
              .singletonOrThrow();
      NDArray loss =
          mse.evaluate(
              new NDList(manager.create(y, new Shape(batch.length, 1))), new NDList(output));
      collector.backward(loss);
      before = loss.getFloat();
    }
    trainer.step();
    return before;
  }

  /** A split on the device or read chunk by chunk, of one batch, two, or all: the same bits. */
  @Test
  void givesTheSameBitsHoweverTheRowsAreCutAndWhereverTheyLie() throws IOException {
    TrainingSpec spec =
        Specs.SMALL.with("dropout", 0.3).with("schedule", "cosine").with("linearPath", true).spec();
    MlpShape shape = MlpShape.of(D, spec);
    List<Object> outcomes = new ArrayList<>();
    for (long resident : new long[] {0, Long.MAX_VALUE}) {
      for (int mostRows : new int[] {1, 15, Integer.MAX_VALUE}) {
        try (TorchScriptEpochs epochs =
            new TorchScriptEpochs(
                Device.cpu(),
                spec,
                shape,
                ROWS,
                DEV,
                new Scaling(new float[] {0.1f, 0, -0.2f, 0}, 0.7, 12, 2),
                AdamState.start(shape.initial(1)),
                resident,
                mostRows)) {
          List<Object> outcome = new ArrayList<>();
          for (int epoch = 1; epoch <= 3; epoch++) {
            outcome.add(train(epochs, MlpTrainer.order(5, epoch, 60)));
            outcome.add(Arrays.toString(epochs.predictDev()));
          }
          outcome.add(Arrays.toString(epochs.state().parameters()));
          outcomes.add(outcome);
        }
      }
    }
    assertThat(outcomes).hasSize(6).containsOnly(outcomes.get(0));
  }

  /** Each of an ensemble as if it were alone; on the device or read chunk by chunk. */
  @Test
  void networksSideBySideDoNotTouchEachOther() throws IOException {
    TrainingSpec spec = Specs.SMALL.with("dropout", 0.3).with("ensemble", 3).spec();
    MlpShape shape = MlpShape.of(D, spec);
    int size = shape.size();
    AdamState start = TrainingState.start(new TrainingData(ROWS, DEV), spec, shape).adam();
    for (long resident : new long[] {0, Long.MAX_VALUE}) {
      float[] together;
      float[] mean;
      double loss = 0;
      try (TorchScriptEpochs epochs =
          new TorchScriptEpochs(
              Device.cpu(), spec, shape, ROWS, DEV, HALVED, start, resident, 15)) {
        int[][] orders = new int[3][];
        for (int epoch = 1; epoch <= 3; epoch++) {
          for (int network = 0; network < 3; network++) {
            orders[network] = MlpTrainer.order(MlpTrainer.seed(spec, network), epoch, 60);
          }
          loss = epochs.trainEpoch(orders, () -> false).orElseThrow();
        }
        together = epochs.state().parameters();
        mean = epochs.predictDev();
      }
      double losses = 0;
      double[] outputs = new double[mean.length];
      for (int network = 0; network < 3; network++) {
        long seed = MlpTrainer.seed(spec, network);
        TrainingSpec alone = Specs.SMALL.with("dropout", 0.3).with("seed", seed).spec();
        try (TorchScriptEpochs epochs =
            new TorchScriptEpochs(
                Device.cpu(),
                alone,
                shape,
                ROWS,
                DEV,
                HALVED,
                AdamState.start(shape.initial(seed)))) {
          double last = 0;
          for (int epoch = 1; epoch <= 3; epoch++) {
            last = train(epochs, MlpTrainer.order(seed, epoch, 60));
          }
          losses += last;
          assertThat(Arrays.copyOfRange(together, network * size, (network + 1) * size))
              .containsExactly(epochs.state().parameters(), within(1e-5f));
          float[] its = epochs.predictDev();
          for (int i = 0; i < its.length; i++) {
            outputs[i] += its[i] / 3.0;
          }
        }
      }
      assertThat(loss).isEqualTo(losses / 3, within(1e-5));
      for (int i = 0; i < mean.length; i++) {
        assertThat((double) mean[i]).isEqualTo(outputs[i], within(1e-5));
      }
    }
  }

  @Test
  void refusesABatchThatIsTooLargeToHandOver() {
    TrainingSpec spec =
        Specs.SMALL.hidden(8192, 8192).batchSize(1_000_000).with("dropout", 0.5).spec();
    MlpShape shape = MlpShape.of(1, spec);
    assertThatThrownBy(
            () ->
                new TorchScriptEpochs(
                    Device.cpu(),
                    spec,
                    shape,
                    new ArrayRows(1, new float[5000], new double[5000]),
                    new ArrayRows(1, new float[1], 1),
                    unscaled(1),
                    AdamState.start(new float[0])))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "training.batchSize: a batch of 5000 samples would need 327680000 bytes in one piece,"
                + " more than 268435456; choose a smaller one");
  }

  @Test
  void looksInsideAnEpochWhetherItShallStop() throws IOException {
    TrainingSpec spec = Specs.SMALL.spec();
    MlpShape shape = MlpShape.of(D, spec);
    int[] looks = {0};
    try (TorchScriptEpochs epochs =
        new TorchScriptEpochs(
            Device.cpu(),
            spec,
            shape,
            ROWS,
            DEV,
            HALVED,
            AdamState.start(shape.initial(1)),
            Long.MAX_VALUE,
            7)) {
      assertThat(epochs.trainEpoch(new int[][] {inOrder(60)}, () -> ++looks[0] == 3)).isEmpty();
      assertThat(epochs.state().step()).isEqualTo(3);
    }
  }

  @Test
  void theLearningRateIsAFunctionOfTheStep() {
    TrainingSpec spec =
        Specs.SMALL
            .epochs(4)
            .learningRate(0.8)
            .with("schedule", "cosine")
            .with("warmupEpochs", 2)
            .spec();
    // Four epochs of 2 steps: quarters in the warm-up, then half a cosine over 4 steps.
    double root = Math.sqrt(0.5);
    double[] expected = {
      0.2, 0.4, 0.6, 0.8, 0.8, 0.4 * (1 + root), 0.4, 0.4 * (1 - root),
    };
    for (int done = 0; done < expected.length; done++) {
      assertThat(TorchScriptEpochs.learningRate(spec, done, 2))
          .isEqualTo(expected[done], within(1e-12));
    }
    assertThat(TorchScriptEpochs.learningRate(Specs.SMALL.learningRate(0.8).spec(), 77, 2))
        .isEqualTo(0.8);
  }

  @Test
  void theLastBatchMayBeShort() throws IOException {
    // 20 rows by 7: batches of 7, 7 and 6.
    try (TorchScriptEpochs epochs = epochs(Specs.SMALL.spec(), 20)) {
      train(epochs, inOrder(20));
      assertThat(epochs.state().step()).isEqualTo(3);
    }
    // 14 rows by 7: two, and no empty third.
    try (TorchScriptEpochs epochs = epochs(Specs.SMALL.spec(), 14)) {
      train(epochs, inOrder(14));
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
    try (TorchScriptEpochs epochs =
        new TorchScriptEpochs(
            Device.cpu(),
            spec,
            MlpShape.of(1, spec),
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
    try (TorchScriptEpochs epochs = epochs(Specs.SMALL.spec(), 50)) {
      int atStart = epochs.liveArrays();
      for (int i = 0; i < 1000; i++) {
        train(epochs, inOrder(50));
        epochs.predictDev();
        epochs.state();
      }
      assertThat(atStart).isPositive();
      assertThat(epochs.liveArrays()).isEqualTo(atStart);
    }
  }
}
