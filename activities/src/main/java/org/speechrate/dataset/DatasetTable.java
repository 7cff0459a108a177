package org.speechrate.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.table.CsvOutput;

/** Writes {@code samples.csv} and {@code dropped.csv}. */
final class DatasetTable {
  static final String SAMPLES = "samples.csv";
  static final String DROPPED = "dropped.csv";

  private DatasetTable() {}

  /**
   * @param dimension number of values of each embedding
   */
  static DatasetFacts write(DatasetJoiner.Joined joined, int dimension, Path folder)
      throws IOException {
    TreeMap<String, Long> utterances = new TreeMap<>();
    try (CsvOutput csv =
        CsvOutput.create(
            folder.resolve(SAMPLES), List.of("row", "sample_id", "split", "speaker_id", "cps"))) {
      for (Sample each : joined.samples()) {
        csv.row(
            Long.toString(each.row()), each.sampleId(), each.split(), each.speakerId(), each.cps());
        utterances.merge(each.split(), 1L, Long::sum);
      }
    }
    try (CsvOutput csv =
        CsvOutput.create(folder.resolve(DROPPED), List.of("sample_id", "split", "missing"))) {
      for (Label each : joined.labelsWithoutEmbedding()) {
        csv.row(each.sampleId(), each.split(), "embedding");
      }
      for (Embedding each : joined.embeddingsWithoutLabel()) {
        csv.row(each.sampleId(), each.split(), "label");
      }
    }
    return new DatasetFacts(
        utterances,
        joined.speakers().perSplit(),
        joined.labelsWithoutEmbedding().size(),
        joined.embeddingsWithoutLabel().size(),
        dimension,
        joined.speakers().check());
  }
}
