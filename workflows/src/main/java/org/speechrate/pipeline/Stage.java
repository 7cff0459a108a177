package org.speechrate.pipeline;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The seven stages, in the order in which data passes through them. */
public enum Stage {
  CORPUS,
  LABELS,
  EMBEDDINGS,
  DATASET,
  TRAINING,
  EVALUATION,
  PUBLISHING;

  /** The lower-case word used in folders, log lines, metric tags and JSON. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  @JsonCreator
  static Stage of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
