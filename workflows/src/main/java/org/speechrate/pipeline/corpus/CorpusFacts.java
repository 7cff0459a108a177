package org.speechrate.pipeline.corpus;

import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.StageFacts;

/**
 * What the corpus holds: utterances with audio and transcript, their speakers and their seconds.
 */
public record CorpusFacts(long utterances, long speakers, double seconds) implements StageFacts {
  @Override
  public long rows() {
    return utterances;
  }

  @Override
  public String summary() {
    return String.format(
        java.util.Locale.ROOT,
        "%s of %s, %.1f hours",
        Counts.of(utterances, "utterance"),
        speakers == 0 ? "unknown speakers" : Counts.of(speakers, "speaker"),
        seconds / 3600);
  }
}
