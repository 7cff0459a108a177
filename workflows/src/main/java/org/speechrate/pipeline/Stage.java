package org.speechrate.pipeline;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;

/**
 * The seven stages of a training run, in the order in which data passes through them, and the one
 * of using a model.
 */
public enum Stage {
  CORPUS,
  LABELS,
  EMBEDDINGS,
  DATASET,
  TRAINING,
  EVALUATION,
  PUBLISHING,
  PREDICT;

  /** From a corpus to a published model. */
  public static final List<Stage> OF_TRAINING =
      List.of(CORPUS, LABELS, EMBEDDINGS, DATASET, TRAINING, EVALUATION, PUBLISHING);

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
