package org.speechrate.pipeline.publishing;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Whether and where the model is published.
 *
 * @param model name of the folder under {@code models/}
 */
public record PublishingSpec(String model, Gate gate) {

  /** What a model has to show before it is published. */
  public enum Gate {
    /** A test MSE below that of the train labels' mean. */
    @JsonProperty("better-than-mean")
    BETTER_THAN_MEAN,
    @JsonProperty("always")
    ALWAYS
  }
}
