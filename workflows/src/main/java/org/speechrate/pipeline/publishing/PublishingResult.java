package org.speechrate.pipeline.publishing;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Optional;

/**
 * @param version absent where nothing was published
 * @param path folder relative to the workspace; absent where nothing was published
 * @param reason why it was or was not published, in one sentence
 */
public record PublishingResult(
    boolean published,
    String model,
    Optional<String> version,
    Optional<String> path,
    String reason) {
  private static final String NOTHING_NEW = "nothing new: ";

  /** Not published, as the version that is there already came of the same. */
  public static PublishingResult nothingNew(String model, String version) {
    return new PublishingResult(
        false,
        model,
        Optional.empty(),
        Optional.empty(),
        NOTHING_NEW + "data, embeddings and choices are those of " + version);
  }

  /** Whether it is {@link #nothingNew}, and not a gate's no. */
  @JsonIgnore
  public boolean isNothingNew() {
    return !published && reason.startsWith(NOTHING_NEW);
  }
}
