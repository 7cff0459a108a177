package org.speechrate.pipeline.dataset;

import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.StageFacts;

/**
 * @param utterances number of joined utterances of each split
 * @param speakers number of speakers of each split; empty where no speaker is known
 * @param droppedLabels labels without an embedding, left out
 * @param droppedEmbeddings embeddings without a label, left out
 * @param dimension number of values of each embedding
 * @param speakerCheck one sentence: whether a speaker is in two splits, or that nobody could check
 */
public record DatasetFacts(
    SortedMap<String, Long> utterances,
    SortedMap<String, Long> speakers,
    long droppedLabels,
    long droppedEmbeddings,
    int dimension,
    String speakerCheck)
    implements StageFacts {

  public DatasetFacts {
    utterances = Collections.unmodifiableSortedMap(new TreeMap<>(utterances));
    speakers = Collections.unmodifiableSortedMap(new TreeMap<>(speakers));
  }

  @Override
  public long rows() {
    return utterances.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public String summary() {
    String dropped =
        droppedLabels + droppedEmbeddings == 0
            ? ""
            : String.format(
                ", dropped %s without embedding and %s without label",
                Counts.of(droppedLabels, "label"), Counts.of(droppedEmbeddings, "embedding"));
    return String.format(
        Locale.ROOT,
        "%,d train / %,d dev / %,d test%s; %s",
        utterances.getOrDefault("train", 0L),
        utterances.getOrDefault("dev", 0L),
        utterances.getOrDefault("test", 0L),
        dropped,
        speakerCheck);
  }
}
