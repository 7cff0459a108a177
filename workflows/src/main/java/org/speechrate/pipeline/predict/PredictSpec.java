package org.speechrate.pipeline.predict;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;

/**
 * All that a user chooses for one prediction.
 *
 * @param model NAME, NAME@VERSION or NAME@ALIAS
 * @param out file that the predictions are copied to; absent where the stage's folder is enough
 * @param reuse whether unchanged stages are taken from earlier runs
 */
public record PredictSpec(
    String model, Optional<String> out, Format format, EmbeddingsSpec embeddings, boolean reuse) {

  /** Of the predictions. */
  public enum Format {
    /** Table of sample_id, split (empty where it is not known) and cps. */
    @JsonProperty("csv")
    CSV,
    /** float32 (n,), row i being that of ids.csv in the embeddings' folder. */
    @JsonProperty("npy")
    NPY;

    /** Name of the file in the stage's folder. */
    public String file() {
      return this == CSV ? "predictions.csv" : "predictions.npy";
    }
  }
}
