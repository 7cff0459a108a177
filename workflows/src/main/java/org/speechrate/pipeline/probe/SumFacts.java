package org.speechrate.pipeline.probe;

import java.util.List;
import java.util.Locale;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.StageFacts;

/**
 * @param rows number of embeddings
 * @param dimension number of values of each embedding
 * @param weights of the layers, in their order; they add up to 1
 */
public record SumFacts(long rows, int dimension, List<Double> weights) implements StageFacts {
  public SumFacts {
    weights = List.copyOf(weights);
  }

  @Override
  public String summary() {
    return String.format(
        Locale.ROOT,
        "weighted sum of %s, the largest weight %.2f",
        Counts.of(weights.size(), "layer"),
        weights.stream().mapToDouble(weight -> weight).max().orElse(0));
  }
}
