package org.speechrate.pipeline.publishing;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * Whether and where the model is published.
 *
 * @param model name of the folder under {@code models/}
 * @param onlyNew whether a model that is the newest version's, bit for bit, is not published again
 * @param margin of gate better: share of the champion's MSE that has to be saved, from 0 to below 1
 * @param approval whether somebody has to agree once the gate has
 * @param approvalDeadlineHours how long the run waits for that; then nothing is published
 * @param alsoWrite file that becomes the Python system's {@code regression_model.pt}; absent in
 *     runs that began before it was there
 */
public record PublishingSpec(
    String model,
    Gate gate,
    boolean onlyNew,
    double margin,
    boolean approval,
    int approvalDeadlineHours,
    Optional<String> alsoWrite) {

  /** From Friday night to Monday night. */
  public static final int DEFAULT_DEADLINE_HOURS = 72;

  /** What a model has to show before it is published. */
  public enum Gate {
    /** A test MSE below that of the train labels' mean. */
    @JsonProperty("better-than-mean")
    BETTER_THAN_MEAN,
    /** That, and fewer errors than the champion on speakers that neither has heard. */
    @JsonProperty("better")
    BETTER,
    @JsonProperty("always")
    ALWAYS
  }

  public PublishingSpec {
    // A run that began before it was there.
    approvalDeadlineHours =
        approvalDeadlineHours == 0 ? DEFAULT_DEADLINE_HOURS : approvalDeadlineHours;
    alsoWrite = alsoWrite == null ? Optional.empty() : alsoWrite;
  }

  /** A decision anew in every run, without a margin and without asking anybody. */
  public PublishingSpec(String model, Gate gate) {
    this(model, gate, false, 0, false, DEFAULT_DEADLINE_HOURS, Optional.empty());
  }
}
