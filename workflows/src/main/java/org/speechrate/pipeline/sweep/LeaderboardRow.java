package org.speechrate.pipeline.sweep;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import java.util.Optional;

/**
 * A variant, and how it did.
 *
 * @param rank from 1; absent while it waits, and where it failed
 * @param devMse of the kept epoch, in (letters/s)²
 * @param epochs that were trained
 * @param choices what makes it differ from the others
 * @param failure the one line that it failed with
 */
public record LeaderboardRow(
    Optional<Integer> rank,
    int variant,
    State state,
    Optional<Double> devMse,
    int keptEpoch,
    int epochs,
    Map<String, Object> choices,
    Optional<String> failure) {

  /** Where a variant stands. */
  public enum State {
    @JsonProperty("waiting")
    WAITING,
    /** Its training is over. */
    @JsonProperty("trained")
    TRAINED,
    /** An earlier run had trained it. */
    @JsonProperty("reused")
    REUSED,
    /** At a rung: others went on, or all wait for the rung's end. */
    @JsonProperty("stopped")
    STOPPED,
    @JsonProperty("failed")
    FAILED
  }
}
