package org.speechrate.pipeline.embeddings;

import java.util.Locale;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.StageFacts;

/**
 * @param source format that was read, such as "numpy-dict"
 * @param dimension number of values of each embedding
 */
public record EmbeddingFacts(String source, long embeddings, int dimension) implements StageFacts {
  @Override
  public long rows() {
    return embeddings;
  }

  @Override
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%s of %s (%s)",
        Counts.of(embeddings, "embedding"),
        Counts.of(dimension, "value"),
        source);
  }
}
