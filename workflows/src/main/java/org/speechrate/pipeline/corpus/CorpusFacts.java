package org.speechrate.pipeline.corpus;

import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.StageFacts;

/**
 * What the corpus holds: utterances with audio and transcript, their speakers and their seconds.
 *
 * @param damaged how many damaged files were left out, and the first of them; absent where none was
 */
public record CorpusFacts(long utterances, long speakers, double seconds, Optional<String> damaged)
    implements StageFacts {

  public CorpusFacts {
    // An output of the time when damage was refused.
    damaged = damaged == null ? Optional.empty() : damaged;
  }

  @Override
  public long rows() {
    return utterances;
  }

  @Override
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%s of %s, %.1f hours%s",
        Counts.of(utterances, "utterance"),
        speakers == 0 ? "unknown speakers" : Counts.of(speakers, "speaker"),
        seconds / 3600,
        damaged.map(text -> "; " + text).orElse(""));
  }
}
