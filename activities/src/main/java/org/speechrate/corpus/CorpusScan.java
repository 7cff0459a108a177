package org.speechrate.corpus;

import java.util.List;

/**
 * A corpus as it was found.
 *
 * @param utterances sorted by split (train, dev, test), then sample_id
 * @param identity hash of what decides the utterances: transcripts by content, audio by size and
 *     STREAMINFO
 */
record CorpusScan(List<Utterance> utterances, String identity) {
  CorpusScan {
    utterances = List.copyOf(utterances);
  }
}
