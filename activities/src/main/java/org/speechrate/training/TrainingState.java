package org.speechrate.training;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * Where a training stands between two epochs: all that is needed to go on as if it had never
 * paused.
 *
 * @param start what it began with, and the network adds to
 * @param adam of all networks, in scaled units
 * @param kept the best parameters so far by dev MSE, as {@code adam} has them; empty before epoch 1
 * @param keptEpoch their epoch, 0 before epoch 1, and where none was better than the start
 * @param keptDevMse their dev MSE, in (letters/s)²
 * @param history one entry for each epoch so far
 * @param resumedElsewhere what was different where earlier epochs were trained; empty where nothing
 *     was
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
record TrainingState(
    LinearStart start,
    Scaling scaling,
    AdamState adam,
    float[] kept,
    int keptEpoch,
    double keptDevMse,
    List<EpochLoss> history,
    String resumedElsewhere) {

  TrainingState {
    history = List.copyOf(history);
  }

  static TrainingState start(TrainingData data, TrainingSpec spec, MlpShape shape)
      throws IOException {
    LinearStart start = spec.ridgeStart() ? LinearStart.ridge(data) : LinearStart.NONE;
    return new TrainingState(
        start,
        Scaling.fit(start.rest(data.train()), spec.scaleInputs(), spec.standardizeTargets()),
        AdamState.start(initial(spec, shape, start.isPresent())),
        new float[0],
        0,
        Double.POSITIVE_INFINITY,
        List.of(),
        "");
  }

  /** Behind a start the last layer is 0, so that the network changes nothing yet. */
  private static float[] initial(TrainingSpec spec, MlpShape shape, boolean behindStart) {
    float[] all = new float[Math.multiplyExact(spec.ensemble(), shape.size())];
    for (int network = 0; network < spec.ensemble(); network++) {
      float[] one = shape.initial(MlpTrainer.seed(spec, network));
      if (behindStart) {
        Arrays.fill(one, shape.offset(shape.layers() - 1), one.length, 0);
      }
      System.arraycopy(one, 0, all, network * one.length, one.length);
    }
    return all;
  }

  int epoch() {
    return history.size();
  }

  /** The same, of which these parameters are to be kept. */
  TrainingState keeping(float[] parameters, double devMse) {
    return new TrainingState(
        start, scaling, adam, parameters, epoch(), devMse, history, resumedElsewhere);
  }

  /** Why the training ends here, if it does. */
  Optional<String> ended(TrainingSpec spec) {
    if (spec.patience() > 0 && epoch() > 0 && epoch() - keptEpoch >= spec.patience()) {
      return Optional.of("no better dev MSE for " + Counts.of(spec.patience(), "epoch"));
    }
    return epoch() >= spec.epochs()
        ? Optional.of("all " + Counts.of(spec.epochs(), "epoch") + " trained")
        : Optional.empty();
  }

  /**
   * What is published: the best epoch, but the last one of a training without patience that ran
   * through.
   */
  TrainingState chosen(TrainingSpec spec) {
    if (spec.patience() > 0 || epoch() < spec.epochs()) {
      return this;
    }
    return new TrainingState(
        start,
        scaling,
        adam,
        adam.parameters(),
        epoch(),
        history.get(epoch() - 1).devMse(),
        history,
        resumedElsewhere);
  }
}
