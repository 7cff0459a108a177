package org.speechrate.notebook;

/** Input of {@link Speechrate#predict(PredictSpec)}. */
public final class PredictSpec extends Spec<PredictSpec> implements EmbeddingsFields<PredictSpec> {
  private PredictSpec() {}

  /** The champion of {@code speech-rate}, on the bundled sample. */
  public static PredictSpec create() {
    return new PredictSpec();
  }

  /** NAME, NAME@VERSION or NAME@ALIAS. */
  public PredictSpec model(String reference) {
    return set("predict.model", reference);
  }

  /** File that ends with .csv or .npy and gets a copy of the predictions. */
  public PredictSpec out(String file) {
    return set("predict.out", file);
  }

  /** False predicts anew where the same was predicted before. */
  public PredictSpec reuse(boolean yes) {
    return set("reuse", yes);
  }
}
