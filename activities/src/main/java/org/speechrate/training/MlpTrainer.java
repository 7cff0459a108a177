package org.speechrate.training;

import ai.djl.Device;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.StageMonitor;

/**
 * Trains the networks of an ensemble side by side, epoch by epoch: order of the samples, early
 * stopping on the dev MSE of their mean, losses in (letters/s)², checkpoints. Which epoch is
 * trained with which samples in which order depends on seed, network, epoch and number of samples
 * alone.
 */
final class MlpTrainer {
  /** More often costs time, more rarely costs epochs when a machine dies. */
  private static final long CHECKPOINT_NANOS = 5_000_000_000L;

  /** Purpose of the random numbers, see {@link SplitMix64}. */
  private static final long ORDER = 2;

  private static final long NETWORK_SEED = 4;

  /**
   * Share of the dev MSE by which an epoch must be better where there is a start: by less a dev
   * split of few speakers tells only how much it differs from others.
   */
  private static final double LEAST_GAIN = 0.02;

  private final TrainingSpec spec;
  private final Device device;
  private final LongSupplier nanoTime;

  /** Brings a state to disk. */
  interface StateWriter {
    void write(TrainingState state) throws IOException;
  }

  /**
   * @param nanoTime clock that says when the next checkpoint is due
   */
  MlpTrainer(TrainingSpec spec, Device device, LongSupplier nanoTime) {
    this.spec = spec;
    this.device = device;
    this.nanoTime = nanoTime;
  }

  /**
   * Trains until the spec says that it ends, or until the monitor asks to stop and at least one
   * epoch has ended; then the state is written before this returns. What was trained of an epoch
   * that is stopped halfway is lost. Where the run was cancelled it does not wait for an epoch.
   *
   * @throws Refusal if a loss is not finite
   */
  TrainingState train(
      TrainingData given, TrainingState from, StateWriter checkpoints, StageMonitor monitor)
      throws IOException {
    TrainingData data = from.start().rest(given);
    TrainingState state = from;
    long written = nanoTime.getAsLong();
    try (EpochComputer computer =
        new TorchScriptEpochs(
            device,
            spec,
            MlpShape.of(data.dimension(), spec),
            data.train(),
            data.dev(),
            state.scaling(),
            from.adam())) {
      if (state.epoch() == 0 && state.start().isPresent()) {
        // An epoch has to be better than what it began with.
        Dev dev = dev(data, state.scaling(), computer.predictDev());
        state = state.keeping(shifted(data, state, state.adam(), dev), dev.mse());
      }
      while (state.ended(spec).isEmpty()) {
        BooleanSupplier stop = state.epoch() > 0 ? monitor::stopRequested : monitor::runCancelled;
        Optional<TrainingState> next = Optional.empty();
        if (!stop.getAsBoolean()) {
          if (state.epoch() > from.epoch() && nanoTime.getAsLong() - written >= CHECKPOINT_NANOS) {
            checkpoints.write(state);
            written = nanoTime.getAsLong();
          }
          long began = System.nanoTime();
          next = nextEpoch(data, state, computer, stop);
          next.ifPresent(
              reached ->
                  monitor.epochEnded(
                      Duration.ofNanos(System.nanoTime() - began),
                      data.train().count(),
                      reached.history().get(reached.epoch() - 1)));
        }
        if (next.isEmpty()) {
          if (state.epoch() > 0) {
            checkpoints.write(state);
          }
          return state;
        }
        state = next.get();
        monitor.progress(
            String.format(
                Locale.ROOT,
                "epoch %d of %d, dev MSE %.2f",
                state.epoch(),
                spec.epochs(),
                state.history().get(state.epoch() - 1).devMse()),
            state.epoch(),
            spec.epochs(),
            StageProgress.thin(state.history()));
      }
    }
    return state;
  }

  /** Empty where it was stopped. */
  private Optional<TrainingState> nextEpoch(
      TrainingData data, TrainingState state, EpochComputer computer, BooleanSupplier stop)
      throws IOException {
    int epoch = state.epoch() + 1;
    Scaling scaling = state.scaling();
    OptionalDouble scaledMse = computer.trainEpoch(orders(epoch, data.train().count()), stop);
    if (scaledMse.isEmpty()) {
      return Optional.empty();
    }
    double trainMse = scaledMse.getAsDouble() * scaling.targetScale() * scaling.targetScale();
    Dev dev = dev(data, scaling, computer.predictDev());
    double devMse = dev.mse();
    if (!Double.isFinite(trainMse) || !Double.isFinite(devMse)) {
      throw new Refusal(
          Refusal.Kind.NOTHING_TRAINED,
          String.format(
              Locale.ROOT,
              "training.learningRate: with %s the losses of epoch %d are no longer finite (train"
                  + " MSE %.3g, dev MSE %.3g); try a tenth of it, or recipe default, which scales"
                  + " inputs and targets",
              spec.learningRate(),
              epoch,
              trainMse,
              devMse));
    }
    List<EpochLoss> history = new ArrayList<>(state.history());
    history.add(new EpochLoss(epoch, trainMse, devMse));
    AdamState adam = computer.state();
    TrainingState next =
        new TrainingState(
            state.start(),
            scaling,
            adam,
            state.kept(),
            state.keptEpoch(),
            state.keptDevMse(),
            history,
            state.resumedElsewhere());
    return Optional.of(
        devMse < state.keptDevMse() * (state.start().isPresent() ? 1 - LEAST_GAIN : 1)
            ? next.keeping(shifted(data, state, adam, dev), devMse)
            : next);
  }

  private int[][] orders(int epoch, int n) {
    int[][] orders = new int[spec.ensemble()][];
    for (int network = 0; network < orders.length; network++) {
      orders[network] = order(seed(spec, network), epoch, n);
    }
    return orders;
  }

  /** Of one network; the first one's is the spec's. */
  static long seed(TrainingSpec spec, int network) {
    return network == 0
        ? spec.seed()
        : new SplitMix64(spec.seed(), NETWORK_SEED, network).nextLong();
  }

  /** The rows of the train split in the order in which the epoch uses them. */
  static int[] order(long seed, int epoch, int n) {
    return new SplitMix64(seed, ORDER, epoch, n).permutation(n);
  }

  /**
   * @param mse with the shift, in (letters/s)²
   * @param shift of all outputs, in letters/s, that makes up for the mean error over train and dev
   *     together, of which train's own, whose bias was trained, counts as 0
   */
  private record Dev(double mse, double shift) {}

  private Dev dev(TrainingData data, Scaling scaling, float[] outputs) {
    double[] cps = data.dev().cps();
    double shift = 0;
    if (spec.shiftByDev() && spec.patience() > 0) {
      for (int i = 0; i < cps.length; i++) {
        shift += cps[i] - scaling.cps(outputs[i]);
      }
      shift /= (double) data.train().count() + cps.length;
    }
    double squares = 0;
    for (int i = 0; i < cps.length; i++) {
      double error = scaling.cps(outputs[i]) + shift - cps[i];
      squares += error * error;
    }
    return new Dev(squares / cps.length, shift);
  }

  /** Parameters whose outputs have the shift in them. */
  private float[] shifted(TrainingData data, TrainingState state, AdamState adam, Dev dev) {
    float[] parameters = adam.parameters().clone();
    MlpShape shape = MlpShape.of(data.dimension(), spec);
    for (int network = 0; network < spec.ensemble(); network++) {
      parameters[network * shape.size() + shape.lastBias()] +=
          (float) (dev.shift() / state.scaling().targetScale());
    }
    return parameters;
  }
}
