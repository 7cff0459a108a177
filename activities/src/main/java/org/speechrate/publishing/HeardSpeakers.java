package org.speechrate.publishing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.speechrate.dataset.SampleTable;
import org.speechrate.store.Json;
import org.speechrate.table.CsvInput;
import org.speechrate.table.CsvOutput;

/**
 * The speakers that a model has heard, those of train and dev: what a later comparison needs to
 * know of a version, also where the version was copied to another machine.
 *
 * @param testSet sha256 of the test split's samples: two runs with the same one are judged by the
 *     same utterances and labels
 * @param names absent unless the speaker of each sample is known, and of more than {@value #MOST}
 */
record HeardSpeakers(String testSet, Optional<SortedSet<String>> names) {
  /** Name of the file in a version's folder; absent where the speakers are. */
  static final String FILE = "speakers.csv";

  /** Beyond it a file and a set of them are too large to be worth it. */
  private static final int MOST = 100_000;

  private static final String COLUMN = "speaker_id";

  /** Reads them from a dataset's {@code samples.csv}. */
  static HeardSpeakers ofDataset(Path samplesCsv) throws IOException {
    MessageDigest test = Json.sha256();
    SortedSet<String> names = new TreeSet<>();
    boolean[] known = {true};
    SampleTable.forEach(
        samplesCsv,
        sample -> {
          known[0] &= !sample.speakerId().isBlank();
          if (sample.split().equals("test")) {
            String line =
                sample.sampleId() + '\n' + sample.speakerId() + '\n' + sample.cps() + '\n';
            test.update(line.getBytes(StandardCharsets.UTF_8));
          } else if (names.size() <= MOST) {
            names.add(sample.speakerId());
          }
        });
    return new HeardSpeakers(
        HexFormat.of().formatHex(test.digest()),
        known[0] && names.size() <= MOST ? Optional.of(names) : Optional.empty());
  }

  /** Reads a version's {@link #FILE}. */
  static Set<String> read(Path file) throws IOException {
    Set<String> names = new HashSet<>();
    try (CsvInput input = CsvInput.open(file, file.toString())) {
      input.require(COLUMN);
      input.forEach(row -> names.add(row.get(COLUMN)));
    }
    return names;
  }

  /** The content of {@link #FILE}. */
  Optional<byte[]> csv() throws IOException {
    if (names.isEmpty()) {
      return Optional.empty();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CsvOutput csv = CsvOutput.to(bytes, List.of(COLUMN))) {
      names.get().forEach(csv::row);
    }
    return Optional.of(bytes.toByteArray());
  }
}
