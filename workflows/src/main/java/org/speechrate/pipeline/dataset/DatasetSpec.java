package org.speechrate.pipeline.dataset;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * How labels and embeddings are joined.
 *
 * @param speakerFrom the labels' column that names the speaker; where absent {@code speaker_id},
 *     else the first number of a LibriSpeech id where every id has one
 */
public record DatasetSpec(
    OnMissing onMissing, OnSpeakerOverlap onSpeakerOverlap, Optional<String> speakerFrom) {

  /** What happens where an embedding has no label, a label no embedding, or audio is damaged. */
  public enum OnMissing {
    @JsonProperty("fail")
    FAIL,
    @JsonProperty("drop")
    DROP
  }

  /** What happens where one speaker is in two splits. */
  public enum OnSpeakerOverlap {
    @JsonProperty("fail")
    FAIL,
    @JsonProperty("warn")
    WARN
  }
}
