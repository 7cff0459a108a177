package org.speechrate.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * Epochs by a script inside the PyTorch engine, see {@link EpochScript}: one call trains all the
 * batches of a chunk of rows, as many as take about a second.
 *
 * <p>A split that is small enough lies on the device, scaled; of a larger one each chunk is read
 * and scaled when it is its turn. Neither that nor the chunks' size changes a bit of the outcome.
 */
final class TorchScriptEpochs implements EpochComputer {
  /** Bytes of a split that is kept on the device. */
  static final long RESIDENT_BYTES = 256L << 20;

  /** Bytes that one call is handed at most, but for the one batch that it has at least. */
  private static final long CALL_BYTES = 32L << 20;

  /** Bytes of one batch of rows or of dropout's numbers. */
  private static final long MOST_BATCH_BYTES = 256L << 20;

  // One core does some 25 and 1 times 10⁹ of these a second; a call should end within a second or
  // two on a busy machine too.
  private static final double MULTIPLICATIONS_PER_CALL = 1e10;
  private static final double UPDATES_PER_CALL = 5e8;

  /** Purpose of the random numbers, see {@link SplitMix64}. */
  private static final long DROPOUT = 3;

  /** Of each step: learning rate, root of the bias correction, what is left of a weight. */
  private static final int STEP_VALUES = 3;

  private final TrainingSpec spec;
  private final MlpShape shape;
  private final int networks;
  private final Scaling scaling;
  private final SplitRows train;
  private final SplitRows dev;
  private final int batchSize;
  private final int stepsPerEpoch;
  private final int callRows;
  private final int predictRows;

  /** Numbers that dropout needs for each row of a network. */
  private final int masks;

  /** Scaled, [n]. */
  private final float[] targets;

  private final NDManager manager;
  private final Model script;
  private final ParameterStore noParameters;
  private final NDArray trainMethod;
  private final NDArray predictMethod;
  private final NDArray parameters;
  private final NDArray firstMoment;
  private final NDArray secondMoment;
  private final Optional<NDArray> residentTrain;
  private final Optional<NDArray> residentDev;

  // Filled anew for each call: fresh direct buffers would wait for the garbage collector.
  private final ByteBuffer orderBytes;
  private final ByteBuffer targetBytes;
  private final ByteBuffer stepBytes;
  private final ByteBuffer maskBytes;
  private final ByteBuffer rowBytes;
  private long step;

  /**
   * @throws Refusal if an embedding is not finite
   */
  TorchScriptEpochs(
      Device device,
      TrainingSpec spec,
      MlpShape shape,
      SplitRows train,
      SplitRows dev,
      Scaling scaling,
      AdamState start)
      throws IOException {
    this(device, spec, shape, train, dev, scaling, start, RESIDENT_BYTES, Integer.MAX_VALUE);
  }

  /**
   * @param residentBytes of a split; a larger one is read chunk by chunk
   * @param mostRows in one call, but for the one batch that it has at least
   */
  TorchScriptEpochs(
      Device device,
      TrainingSpec spec,
      MlpShape shape,
      SplitRows train,
      SplitRows dev,
      Scaling scaling,
      AdamState start,
      long residentBytes,
      int mostRows)
      throws IOException {
    this.spec = spec;
    this.shape = shape;
    this.scaling = scaling;
    this.train = train;
    this.dev = dev;
    batchSize = Math.min(spec.batchSize(), train.count());
    stepsPerEpoch = (train.count() + batchSize - 1) / batchSize;
    networks = spec.ensemble();
    masks = spec.dropout() > 0 ? hidden(shape) : 0;
    targets = scaling.targets(train.cps());
    boolean resident = bytes(train) <= residentBytes;
    callRows = (int) Math.min((long) callSteps(resident, mostRows) * batchSize, train.count());
    predictRows = (int) Math.max(1, Math.min(8192, CALL_BYTES / (Float.BYTES * widest())));
    orderBytes = direct(callRows, (long) networks * Long.BYTES);
    stepBytes =
        direct((callRows + batchSize - 1) / batchSize, (long) STEP_VALUES * networks * Float.BYTES);
    maskBytes = direct(callRows, (long) networks * masks * Float.BYTES);
    targetBytes = direct(callRows, (long) networks * Float.BYTES);
    rowBytes =
        direct(
            Math.max(
                Math.min(predictRows, Math.max(train.count(), dev.count())),
                resident ? 0 : Math.multiplyExact(networks, callRows)),
            (long) Float.BYTES * shape.inputs(0));
    step = start.step();

    script =
        TorchScript.load(
            EpochScript.of(shape, spec, spec.huberDelta() / scaling.targetScale()), device);
    manager = PyTorch.engine().newBaseManager(device);
    try {
      noParameters = new ParameterStore(manager, false);
      trainMethod = method("train");
      predictMethod = method("predict");
      parameters = models(start.parameters());
      firstMoment = models(start.firstMoment());
      secondMoment = models(start.secondMoment());
      residentTrain = resident ? Optional.of(resident(train)) : Optional.empty();
      residentDev = bytes(dev) <= residentBytes ? Optional.of(resident(dev)) : Optional.empty();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private long bytes(SplitRows rows) {
    return (long) rows.count() * shape.inputs(0) * Float.BYTES;
  }

  private long widest() {
    return shape.widths().stream().mapToLong(width -> width).max().orElseThrow();
  }

  private static int hidden(MlpShape shape) {
    return IntStream.range(1, shape.layers()).map(shape::inputs).sum();
  }

  /** Number of batches in one call. */
  private int callSteps(boolean resident, int mostRows) {
    double size = (double) networks * shape.size();
    double time = 3 * batchSize * size / MULTIPLICATIONS_PER_CALL + size / UPDATES_PER_CALL;
    long rowBytes =
        networks * (Long.BYTES + Float.BYTES * (2L + masks + (resident ? 0 : shape.inputs(0))));
    double steps =
        Math.min(1 / time, (double) Math.min(CALL_BYTES / rowBytes, mostRows) / batchSize);
    return Math.max(1, (int) Math.min(steps, stepsPerEpoch));
  }

  private static ByteBuffer direct(int rows, long bytesPerRow) {
    long bytes = rows * bytesPerRow;
    if (bytes > MOST_BATCH_BYTES) {
      throw new Refusal(
          Refusal.Kind.INVALID_SPEC,
          String.format(
              "training.batchSize: a batch of %d samples would need %d bytes in one piece, more than"
                  + " %d; choose a smaller one",
              rows, bytes, MOST_BATCH_BYTES));
    }
    return ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
  }

  /** Names the method that a call shall run, to DJL's PyTorch engine. */
  private NDArray method(String name) {
    NDArray method = manager.create(0f);
    method.setName("module_method:" + name);
    return method;
  }

  /**
   * [networks, size], in memory of the engine's own, which is aligned as its instructions like it.
   */
  @SuppressWarnings("try") // The scope only has to end.
  private NDArray models(float[] values) {
    try (NDScope scope = new NDScope()) {
      NDArray copy =
          manager.create(values, new Shape(networks, values.length / networks)).duplicate();
      NDScope.unregister(copy);
      return copy;
    }
  }

  /** All rows of the split, scaled, [n, d]. */
  @SuppressWarnings("try") // The scope only has to end.
  private NDArray resident(SplitRows rows) throws IOException {
    NDArray all = manager.create(new Shape(rows.count(), shape.inputs(0)));
    int[][] order = inOrder(rows);
    for (int from = 0; from < rows.count(); from += predictRows) {
      try (NDScope scope = new NDScope()) {
        int to = Math.min(from + predictRows, rows.count());
        all.set(new NDIndex("{}:{}", from, to), scaled(rows, order, from, to));
      }
    }
    return all;
  }

  /** Rows from..to of each order, scaled, order behind order, [all, d]; until the next call. */
  private NDArray scaled(SplitRows rows, int[][] orders, int from, int to) throws IOException {
    int all = Math.multiplyExact(orders.length, to - from);
    int values = Math.multiplyExact(all, shape.inputs(0));
    FloatBuffer buffer = rowBytes.clear().asFloatBuffer().limit(values);
    for (int[] order : orders) {
      rows.gather(order, from, to, buffer);
    }
    scaling.inputs(buffer.clear().limit(values));
    return array(rowBytes, DataType.FLOAT32, all, shape.inputs(0));
  }

  /** The buffer's beginning as an array, which shares the buffer's memory where it can. */
  private NDArray array(ByteBuffer bytes, DataType type, long... shape) {
    Shape sizes = new Shape(shape);
    bytes.clear().limit(Math.toIntExact(sizes.size() * type.getNumOfBytes()));
    return manager.create(bytes, sizes, type);
  }

  @Override
  public OptionalDouble trainEpoch(int[][] orders, BooleanSupplier stop) throws IOException {
    double squares = 0;
    int rows = orders[0].length;
    for (int from = 0; from < rows; from += callRows) {
      if (from > 0 && stop.getAsBoolean()) {
        return OptionalDouble.empty();
      }
      for (float error : train(orders, from, Math.min(from + callRows, rows))) {
        squares += (double) error * error;
      }
    }
    return OptionalDouble.of(squares / ((double) networks * rows));
  }

  /** Trains with rows from..to of each order; returns their errors. */
  @SuppressWarnings("try") // The scope only has to end.
  private float[] train(int[][] orders, int from, int to) throws IOException {
    int rows = to - from;
    int steps = (rows + batchSize - 1) / batchSize;
    FloatBuffer cps = targetBytes.clear().asFloatBuffer();
    LongBuffer indices = orderBytes.clear().asLongBuffer();
    for (int network = 0; network < networks; network++) {
      for (int i = 0; i < rows; i++) {
        int row = orders[network][from + i];
        cps.put(targets[row]);
        indices.put(residentTrain.isPresent() ? row : (long) network * rows + i);
      }
    }
    fillMasks(rows);
    fillSteps(steps);
    try (NDScope scope = new NDScope()) {
      NDList arguments =
          new NDList(
              trainMethod,
              parameters,
              firstMoment,
              secondMoment,
              residentTrain.isPresent() ? residentTrain.get() : scaled(train, orders, from, to),
              array(targetBytes, DataType.FLOAT32, networks, rows, 1),
              array(orderBytes, DataType.INT64, networks, rows),
              array(stepBytes, DataType.FLOAT32, steps, STEP_VALUES, networks, 1));
      if (masks > 0) {
        arguments.add(array(maskBytes, DataType.FLOAT32, networks, rows, masks));
      }
      float[] errors = call(arguments).toFloatArray();
      step += steps;
      return errors;
    }
  }

  private NDArray call(NDList arguments) {
    return script.getBlock().forward(noParameters, arguments, false).singletonOrThrow();
  }

  /** What a network leaves out depends on its seed and the step alone. */
  private void fillMasks(int rows) {
    FloatBuffer values = maskBytes.clear().asFloatBuffer();
    float kept = (float) (1 / (1 - spec.dropout()));
    for (int network = 0; network < networks && masks > 0; network++) {
      long seed = MlpTrainer.seed(spec, network);
      for (int i = 0; i < rows; i += batchSize) {
        SplitMix64 random = new SplitMix64(seed, DROPOUT, step + i / batchSize);
        for (int n = Math.min(batchSize, rows - i) * masks; n > 0; n--) {
          values.put(random.nextFloat() < spec.dropout() ? 0 : kept);
        }
      }
    }
  }

  private void fillSteps(int steps) {
    FloatBuffer values = stepBytes.clear().asFloatBuffer();
    for (long done = step; done < step + steps; done++) {
      double rate = learningRate(spec, done, stepsPerEpoch);
      fill(values, rate / (1 - Math.pow(EpochScript.BETA1, done + 1.0)));
      fill(values, Math.sqrt(1 - Math.pow(EpochScript.BETA2, done + 1.0)));
      fill(values, 1 - rate * spec.weightDecay());
    }
  }

  /** The same for each network. */
  private void fill(FloatBuffer values, double value) {
    for (int network = 0; network < networks; network++) {
      values.put((float) value);
    }
  }

  /**
   * @param done number of steps before this one
   */
  static double learningRate(TrainingSpec spec, long done, int stepsPerEpoch) {
    long warmup = (long) spec.warmupEpochs() * stepsPerEpoch;
    if (done < warmup) {
      return spec.learningRate() * (done + 1) / warmup;
    }
    if (spec.schedule() == TrainingSpec.Schedule.CONSTANT) {
      return spec.learningRate();
    }
    double way = (double) (done - warmup) / ((long) spec.epochs() * stepsPerEpoch - warmup);
    return spec.learningRate() * (1 + Math.cos(Math.PI * way)) / 2;
  }

  @Override
  @SuppressWarnings("try") // The scope only has to end.
  public float[] predictDev() throws IOException {
    float[] outputs = new float[dev.count()];
    int[][] order = inOrder(dev);
    for (int from = 0; from < outputs.length; from += predictRows) {
      int to = Math.min(from + predictRows, outputs.length);
      try (NDScope scope = new NDScope()) {
        NDArray x =
            residentDev.isPresent()
                ? residentDev.get().get(new NDIndex("{}:{}", from, to))
                : scaled(dev, order, from, to);
        float[] part = call(new NDList(predictMethod, parameters, x)).toFloatArray();
        for (int i = from; i < to; i++) {
          double sum = 0;
          for (int network = 0; network < networks; network++) {
            sum += part[network * (to - from) + i - from];
          }
          outputs[i] = (float) (sum / networks);
        }
      }
    }
    return outputs;
  }

  private static int[][] inOrder(SplitRows rows) {
    return new int[][] {IntStream.range(0, rows.count()).toArray()};
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
    script.close();
    manager.close();
  }
}
