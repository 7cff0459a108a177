package org.speechrate.pipeline;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Optional;
import java.util.regex.Pattern;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.predict.PredictSpec;

/** Reads a prediction's JSON object, as strictly as {@link RunSpecReader} reads a run's. */
public final class PredictSpecReader {
  private static final String DEFAULT_MODEL = "speech-rate";
  private static final Pattern MODEL =
      Pattern.compile(
          "(models/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}([@/][A-Za-z0-9][A-Za-z0-9._-]{0,99})?");

  private PredictSpecReader() {}

  /**
   * Fills in every default; nothing, or {@code {}}, predicts for the bundled sample.
   *
   * @throws Refusal if a rule is broken, of kind {@link Refusal.Kind#INVALID_SPEC}
   */
  public static PredictSpec read(String json) {
    SpecNode run = new SpecNode("", RunSpecReader.parse(json));
    SpecNode predict = run.object("predict");
    SpecNode embeddings = run.object("embeddings");
    boolean reuse = run.bool("reuse", true);
    String model = predict.text("model").orElse(DEFAULT_MODEL);
    Optional<String> out = predict.text("out");
    predict.refuseOthers();
    run.refuseOthers();
    if (!MODEL.matcher(model).matches()) {
      throw predict.mustBe(
          "model",
          "NAME, NAME@VERSION or NAME@ALIAS of a published model, such as " + DEFAULT_MODEL,
          TextNode.valueOf(model));
    }
    PredictSpec.Format format = PredictSpec.Format.CSV;
    if (out.isPresent() && out.get().endsWith(".npy")) {
      format = PredictSpec.Format.NPY;
    } else if (out.isPresent() && !out.get().endsWith(".csv")) {
      throw predict.mustBe(
          "out",
          "a file that ends with .csv (sample_id, split, cps) or .npy (float32 alone)",
          TextNode.valueOf(out.get()));
    }
    EmbeddingsSpec source =
        embeddings.isEmpty() ? RunSpecReader.SAMPLE_VECTORS : RunSpecReader.embeddings(embeddings);
    if (source.source() == EmbeddingsSpec.Source.AUDIO) {
      throw SpecNode.refusal(
          "embeddings.source \"audio\" encodes a run's corpus, and a prediction has none; make the"
              + " embeddings first, with `embeddings convert --encoder`");
    }
    return new PredictSpec(model, out, format, source, reuse);
  }
}
