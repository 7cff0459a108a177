package org.speechrate.pipeline.publishing;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Optional;

/**
 * @param version absent where nothing was published
 * @param path folder relative to the workspace; absent where nothing was published
 * @param reason why it was or was not published, in one sentence
 * @param awaitsApproval whether it would be, if somebody agreed
 * @param testSet sha256 of the test split that the gate judged by; absent where it judged by none,
 *     and in runs that are older than the field
 */
public record PublishingResult(
    boolean published,
    String model,
    Optional<String> version,
    Optional<String> path,
    String reason,
    boolean awaitsApproval,
    Optional<String> testSet) {
  private static final String NOTHING_NEW = "nothing new: ";

  /** Begins the reason where somebody said no. */
  public static final String REJECTED = "rejected by ";

  public PublishingResult {
    testSet = testSet == null ? Optional.empty() : testSet;
  }

  /** Of a decision that nobody has to approve. */
  public PublishingResult(
      boolean published,
      String model,
      Optional<String> version,
      Optional<String> path,
      String reason) {
    this(published, model, version, path, reason, false, Optional.empty());
  }

  /**
   * Not published, as a version that is there already came of the same, or a run that was refused.
   *
   * @param earlier that version or run
   */
  public static PublishingResult nothingNew(String model, String earlier) {
    return new PublishingResult(
        false,
        model,
        Optional.empty(),
        Optional.empty(),
        NOTHING_NEW + "data, embeddings and choices are those of " + earlier);
  }

  /** Whether it is {@link #nothingNew}, and not a gate's no. */
  @JsonIgnore
  public boolean isNothingNew() {
    return !published && reason.startsWith(NOTHING_NEW);
  }

  /** Whether somebody said no, and neither a gate nor a deadline. */
  @JsonIgnore
  public boolean isRejected() {
    return !published && reason.startsWith(REJECTED);
  }

  /** Decided for good: not published. */
  public PublishingResult refused(String why) {
    return new PublishingResult(
        false, model, Optional.empty(), Optional.empty(), why, false, testSet);
  }
}
