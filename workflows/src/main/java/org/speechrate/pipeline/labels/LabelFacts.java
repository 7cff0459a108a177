package org.speechrate.pipeline.labels;

import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.StageFacts;

/**
 * @param utterances number of labels of each split
 * @param meanCps mean over all splits, in letters per second
 */
public record LabelFacts(SortedMap<String, Long> utterances, double meanCps) implements StageFacts {
  public LabelFacts {
    utterances = Collections.unmodifiableSortedMap(new TreeMap<>(utterances));
  }

  @Override
  public long rows() {
    return utterances.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public String summary() {
    return String.format(
        Locale.ROOT, "%s, mean %.2f letters/s", Counts.of(rows(), "label"), meanCps);
  }
}
