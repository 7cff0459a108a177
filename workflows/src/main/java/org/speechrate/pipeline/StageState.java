package org.speechrate.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * One row of the stage table.
 *
 * @param text what came out, how far it is, or why it failed
 * @param seconds wall time of the stage, 0 until it has ended
 * @param artifact what the stage committed
 */
public record StageState(
    Stage stage, State state, String text, double seconds, Optional<Artifact> artifact) {

  /** Where a stage stands. */
  public enum State {
    @JsonProperty("waiting")
    WAITING,
    @JsonProperty("running")
    RUNNING,
    /** Somebody paused the run here. */
    @JsonProperty("paused")
    PAUSED,
    @JsonProperty("done")
    DONE,
    /** An earlier run had made the same output. */
    @JsonProperty("reused")
    REUSED,
    /** The run does not need it, or did not come that far. */
    @JsonProperty("skipped")
    SKIPPED,
    @JsonProperty("failed")
    FAILED,
    @JsonProperty("cancelled")
    CANCELLED
  }
}
