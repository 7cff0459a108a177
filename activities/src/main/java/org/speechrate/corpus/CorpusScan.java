package org.speechrate.corpus;

import java.util.List;
import org.speechrate.table.Problems;

/**
 * A corpus as it was found.
 *
 * @param utterances sorted by split (train, dev, test), then sample_id
 * @param damaged audio that is left out, in the order of the folders or the manifest
 * @param identity hash of what decides the utterances: transcripts by content, audio by size and
 *     STREAMINFO, damaged audio by size and reason
 */
record CorpusScan(List<Utterance> utterances, List<Damaged> damaged, String identity) {
  /**
   * Audio of which no length can be told.
   *
   * @param reason continues the file's name
   */
  record Damaged(Found found, String reason) {
    /** For people. */
    String phrase() {
      return Problems.oneLine(found.shown() + " " + reason);
    }
  }

  CorpusScan {
    utterances = List.copyOf(utterances);
    damaged = List.copyOf(damaged);
  }
}
