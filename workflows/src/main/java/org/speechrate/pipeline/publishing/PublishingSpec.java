package org.speechrate.pipeline.publishing;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Whether and where the model is published.
 *
 * @param model name of the folder under {@code models/}
 * @param onlyNew whether a model that is the newest version's, bit for bit, is not published again
 */
public record PublishingSpec(String model, Gate gate, boolean onlyNew) {

  /** A decision anew in every run. */
  public PublishingSpec(String model, Gate gate) {
    this(model, gate, false);
  }

  /** What a model has to show before it is published. */
  public enum Gate {
    /** A test MSE below that of the train labels' mean. */
    @JsonProperty("better-than-mean")
    BETTER_THAN_MEAN,
    @JsonProperty("always")
    ALWAYS
  }
}
