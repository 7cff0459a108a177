package org.speechrate.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.speechrate.pipeline.corpus.CorpusFacts;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Decimals;

/** Writes {@code utterances.csv}. */
final class CorpusTable {
  static final String FILE = "utterances.csv";

  private CorpusTable() {}

  static CorpusFacts write(List<Utterance> utterances, Path folder) throws IOException {
    Set<String> speakers = new HashSet<>();
    double seconds = 0;
    try (CsvOutput csv =
        CsvOutput.create(
            folder.resolve(FILE),
            List.of("sample_id", "split", "speaker_id", "path", "seconds", "text"))) {
      for (Utterance each : utterances) {
        csv.row(
            each.sampleId(),
            each.split(),
            each.speakerId(),
            each.path(),
            Decimals.shortest(each.seconds()),
            each.text());
        if (!each.speakerId().isEmpty()) {
          speakers.add(each.speakerId());
        }
        seconds += each.seconds();
      }
    }
    return new CorpusFacts(utterances.size(), speakers.size(), seconds);
  }
}
