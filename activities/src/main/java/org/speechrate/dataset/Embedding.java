package org.speechrate.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.speechrate.table.CsvInput;

/**
 * What the embeddings stage knows of a row of x.npy.
 *
 * @param row from 0
 * @param split empty where the source does not tell
 */
record Embedding(long row, String sampleId, String split) {
  /** Reads {@code ids.csv}. */
  static List<Embedding> read(Path ids) throws IOException {
    List<Embedding> embeddings = new ArrayList<>();
    try (CsvInput input = CsvInput.open(ids, ids.getFileName().toString())) {
      input.forEach(
          row ->
              embeddings.add(
                  new Embedding(row.number() - 1, row.get("sample_id"), row.get("split"))));
    }
    return embeddings;
  }
}
