package org.speechrate.pipeline.training;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A recipe, expanded.
 *
 * @param recipe name that the fields were taken from
 * @param overridden what differs from the recipe, such as "epochs 100"
 * @param hidden widths of the hidden layers, from input to output
 * @param epochs largest number of passes over the train split
 * @param patience epochs without a better dev MSE after which training stops; 0 trains all epochs
 *     and keeps the last one, as the Python system did
 * @param weightDecay decoupled: each step also shrinks the weights (not the biases) by {@code
 *     learningRate × weightDecay}
 * @param standardizeTargets centre and scale cps by the train split's mean and standard deviation
 * @param scaleInputs centre each dimension, and divide all of them by one common scale
 * @param activation behind each hidden layer
 * @param linearPath adds a linear function of the inputs to the network's output
 * @param dropout share of the hidden values that a step leaves out, each time others; the rest is
 *     scaled up for it
 * @param clipNorm longest gradient of all parameters together (Euclidean norm); a longer one is
 *     shortened to it; 0 clips none
 * @param loss what a step makes smaller; dev MSE chooses the epoch whatever it is
 * @param huberDelta letters/s from which on the Huber loss grows linearly
 * @param schedule how the learning rate changes from step to step
 * @param warmupEpochs epochs in which the learning rate rises linearly to its full value
 * @param ridgeStart begins with ridge regression, whose errors the network learns; its penalty is
 *     the best over 5 folds of train's speakers and on dev; an epoch is better from a dev MSE 2 %
 *     lower on
 * @param shiftByDev shifts the output by the mean error over train and dev together, where patience
 *     makes use of dev
 * @param ensemble number of networks that are trained side by side, from initial weights and in
 *     orders of their own; the model answers their mean
 * @param crossValidation number of folds, each of other speakers of train and dev, that are
 *     predicted by a training on the others; 0 for none
 */
public record TrainingSpec(
    String recipe,
    List<String> overridden,
    List<Integer> hidden,
    int epochs,
    int batchSize,
    double learningRate,
    double weightDecay,
    int patience,
    boolean standardizeTargets,
    boolean scaleInputs,
    Activation activation,
    boolean linearPath,
    double dropout,
    double clipNorm,
    Loss loss,
    double huberDelta,
    Schedule schedule,
    int warmupEpochs,
    boolean ridgeStart,
    boolean shiftByDev,
    int ensemble,
    int crossValidation,
    long seed,
    Device device) {

  /** What a hidden value becomes. */
  public enum Activation {
    @JsonProperty("relu")
    RELU,
    /** With the exact error function. */
    @JsonProperty("gelu")
    GELU,
    @JsonProperty("tanh")
    TANH
  }

  /** Of an error, averaged over the batch. */
  public enum Loss {
    @JsonProperty("mse")
    MSE,
    @JsonProperty("mae")
    MAE,
    /** Half the square up to {@link #huberDelta}, linear beyond. */
    @JsonProperty("huber")
    HUBER
  }

  /** The learning rate behind the warm-up. */
  public enum Schedule {
    @JsonProperty("constant")
    CONSTANT,
    /** Half a cosine, from the full rate down to 0 at the end of the last epoch. */
    @JsonProperty("cosine")
    COSINE
  }

  /** Where training computes. */
  public enum Device {
    /** A GPU where a usable one is there, else the CPU. */
    @JsonProperty("auto")
    AUTO,
    @JsonProperty("cpu")
    CPU,
    /** Refused where no GPU is usable. */
    @JsonProperty("gpu")
    GPU
  }

  public TrainingSpec {
    overridden = List.copyOf(overridden);
    hidden = List.copyOf(hidden);
    // A run that began before these were there.
    activation = activation == null ? Activation.RELU : activation;
    loss = loss == null ? Loss.MSE : loss;
    schedule = schedule == null ? Schedule.CONSTANT : schedule;
    ensemble = ensemble == 0 ? 1 : ensemble;
  }

  /**
   * The same, with {@link #overridden} telling how it differs from the recipe that it began with.
   */
  public TrainingSpec modifying(TrainingSpec base) {
    List<String> changes = new ArrayList<>();
    note(changes, "hidden", hidden, base.hidden);
    note(changes, "epochs", epochs, base.epochs);
    note(changes, "batchSize", batchSize, base.batchSize);
    note(changes, "learningRate", learningRate, base.learningRate);
    note(changes, "weightDecay", weightDecay, base.weightDecay);
    note(changes, "patience", patience, base.patience);
    note(changes, "standardizeTargets", standardizeTargets, base.standardizeTargets);
    note(changes, "scaleInputs", scaleInputs, base.scaleInputs);
    note(changes, "activation", activation, base.activation);
    note(changes, "linearPath", linearPath, base.linearPath);
    note(changes, "dropout", dropout, base.dropout);
    note(changes, "clipNorm", clipNorm, base.clipNorm);
    note(changes, "loss", loss, base.loss);
    note(changes, "huberDelta", huberDelta, base.huberDelta);
    note(changes, "schedule", schedule, base.schedule);
    note(changes, "warmupEpochs", warmupEpochs, base.warmupEpochs);
    note(changes, "ridgeStart", ridgeStart, base.ridgeStart);
    note(changes, "shiftByDev", shiftByDev, base.shiftByDev);
    note(changes, "ensemble", ensemble, base.ensemble);
    return with(changes, seed);
  }

  public TrainingSpec withSeed(long other) {
    return with(overridden, other);
  }

  private TrainingSpec with(List<String> changes, long otherSeed) {
    return new TrainingSpec(
        recipe,
        changes,
        hidden,
        epochs,
        batchSize,
        learningRate,
        weightDecay,
        patience,
        standardizeTargets,
        scaleInputs,
        activation,
        linearPath,
        dropout,
        clipNorm,
        loss,
        huberDelta,
        schedule,
        warmupEpochs,
        ridgeStart,
        shiftByDev,
        ensemble,
        crossValidation,
        otherSeed,
        device);
  }

  private static void note(List<String> changes, String field, Object mine, Object theirs) {
    if (!mine.equals(theirs)) {
      changes.add(field + " " + (mine instanceof Enum ? word((Enum<?>) mine) : mine));
    }
  }

  /** As the run's input spells it, such as "gelu". */
  public static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  /** The recipe's name, and what was changed in it. */
  @JsonIgnore
  public String title() {
    return overridden.isEmpty() ? recipe : recipe + ", modified: " + String.join(", ", overridden);
  }
}
