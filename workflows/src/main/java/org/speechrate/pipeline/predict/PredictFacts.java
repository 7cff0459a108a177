package org.speechrate.pipeline.predict;

import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.StageFacts;

/**
 * What was predicted, in letters/s.
 *
 * @param warning how the embeddings differ from those that the model was trained on
 * @param notChecked why nobody can tell whether they differ
 */
public record PredictFacts(
    long rows,
    double meanCps,
    Percentiles percentiles,
    Optional<String> warning,
    Optional<String> notChecked)
    implements StageFacts {

  /** Of the predictions, in letters/s; of more than a million, of an even choice of them. */
  public record Percentiles(double p1, double p5, double p50, double p95, double p99) {}

  @Override
  public String summary() {
    return Counts.of(rows, "prediction") + ": " + numbers();
  }

  /** What there is to say of them beside their number. */
  public String numbers() {
    return String.format(
        Locale.ROOT,
        "mean %.2f letters/s, 90 %% from %.2f to %.2f%s%s",
        meanCps,
        percentiles.p5(),
        percentiles.p95(),
        warning.map(text -> "; WARNING: " + text).orElse(""),
        notChecked.map(text -> "; " + text).orElse(""));
  }
}
