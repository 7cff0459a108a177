package org.speechrate.pipeline.training;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

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
    long seed,
    Device device) {

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
        seed,
        device);
  }

  private static void note(List<String> changes, String field, Object mine, Object theirs) {
    if (!mine.equals(theirs)) {
      changes.add(field + " " + mine);
    }
  }

  /** The recipe's name, and what was changed in it. */
  @JsonIgnore
  public String title() {
    return overridden.isEmpty() ? recipe : recipe + ", modified: " + String.join(", ", overridden);
  }
}
