package org.speechrate.labels;

import java.util.TreeMap;
import org.speechrate.pipeline.labels.LabelFacts;

/** Counts labels and their mean while they pass. */
final class LabelTally {
  private final TreeMap<String, Long> utterances = new TreeMap<>();
  private double sum;
  private long count;

  void add(String split, double cps) {
    utterances.merge(split, 1L, Long::sum);
    sum += cps;
    count++;
  }

  long of(String split) {
    return utterances.getOrDefault(split, 0L);
  }

  long count() {
    return count;
  }

  LabelFacts facts() {
    return new LabelFacts(utterances, sum / count);
  }
}
