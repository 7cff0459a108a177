package org.speechrate.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.corpus.CorpusFacts;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Decimals;
import org.speechrate.table.Problems;

/** Writes {@code utterances.csv}, and {@code damaged.csv} where there is any. */
final class CorpusTable {
  static final String FILE = "utterances.csv";
  private static final String DAMAGED = "damaged.csv";

  /** Named in a summary. */
  private static final int MOST_NAMED = 3;

  private CorpusTable() {}

  static CorpusFacts write(CorpusScan scan, Path folder) throws IOException {
    Set<String> speakers = new HashSet<>();
    double seconds = 0;
    try (CsvOutput csv =
        CsvOutput.create(
            folder.resolve(FILE),
            List.of("sample_id", "split", "speaker_id", "path", "seconds", "text"))) {
      for (Utterance each : scan.utterances()) {
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
    if (!scan.damaged().isEmpty()) {
      writeDamaged(scan.damaged(), folder);
    }
    return new CorpusFacts(
        scan.utterances().size(), speakers.size(), seconds, summary(scan.damaged()));
  }

  private static void writeDamaged(List<CorpusScan.Damaged> damaged, Path folder)
      throws IOException {
    try (CsvOutput csv =
        CsvOutput.create(
            folder.resolve(DAMAGED),
            List.of("sample_id", "split", "speaker_id", "path", "text", "reason"))) {
      for (CorpusScan.Damaged each : damaged) {
        Found found = each.found();
        csv.row(
            found.sampleId(),
            found.split(),
            found.speakerId(),
            found.shown(),
            found.text(),
            each.reason());
      }
    }
  }

  private static Optional<String> summary(List<CorpusScan.Damaged> damaged) {
    List<String> first =
        damaged.stream().limit(MOST_NAMED).map(CorpusScan.Damaged::phrase).toList();
    return damaged.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Counts.of(damaged.size(), "damaged file")
                + " left out: "
                + Problems.firstPhrases(first, damaged.size()));
  }
}
