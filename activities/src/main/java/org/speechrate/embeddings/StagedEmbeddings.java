package org.speechrate.embeddings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.CsvInput;

/**
 * Embeddings that have passed the rules of a run, in a folder as the stage leaves them: to be read
 * as often as a target wants, row by row.
 *
 * @param hasSplits whether any row has one
 * @param longestId in code points
 */
record StagedEmbeddings(
    Path folder, EmbeddingFacts facts, boolean hasSplits, int longestId, StageMonitor monitor) {

  /** Takes a row; the values only until it returns. */
  interface Each {
    void row(String sampleId, String split, String label, float[] values) throws IOException;
  }

  /** Takes what names a row. */
  interface EachName {
    void row(String sampleId, String split) throws IOException;
  }

  void forEach(Each each) throws IOException {
    EmbeddingSink.Rows rows =
        new EmbeddingSink.Rows() {
          @Override
          public void add(
              String named,
              String place,
              String sampleId,
              String split,
              String label,
              float[] values)
              throws IOException {
            stopIfRequested();
            each.row(sampleId, split, label, values);
          }

          @Override
          public EmbeddingFacts finish(String source) {
            return facts;
          }

          @Override
          public void close() {}
        };
    Path x = folder.resolve(EmbeddingOutput.VECTORS);
    Path ids = folder.resolve(EmbeddingOutput.IDS);
    new MatrixEmbeddings(x, x.toString(), ids, ids.toString())
        .copyTo((shown, idsShown, count, dimension) -> rows, monitor);
  }

  void forEachName(EachName each) throws IOException {
    Path ids = folder.resolve(EmbeddingOutput.IDS);
    try (CsvInput csv = CsvInput.open(ids, ids.toString())) {
      csv.forEach(
          row -> {
            stopIfRequested();
            try {
              each.row(row.get("sample_id"), row.get("split"));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  private void stopIfRequested() {
    if (monitor.stopRequested()) {
      monitor.progress("embeddings", 0, 0);
    }
  }
}
