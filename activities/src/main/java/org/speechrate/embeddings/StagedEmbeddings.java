package org.speechrate.embeddings;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.CsvInput;

/**
 * Embeddings that have passed the rules of a run, in a folder as the stage leaves them: to be read
 * as often as a target wants, row by row.
 *
 * @param paths the rows' {@link Name#path}s, where they were kept
 * @param hasSplits whether any row has one
 * @param longestId in code points
 */
record StagedEmbeddings(
    Path folder,
    Optional<Path> paths,
    EmbeddingFacts facts,
    boolean hasSplits,
    int longestId,
    StageMonitor monitor) {
  /** The ending only makes the sample_id what is left without it. */
  private static final String PATH_ENDING = ".flac";

  /**
   * A row without its values.
   *
   * @param path of its audio file; empty where the source does not tell, or it was not kept
   */
  record Name(String sampleId, String split, String label, String path) {
    /** The path, or one that means the same utterance. */
    String anyPath() {
      return path.isEmpty() ? sampleId + PATH_ENDING : path;
    }
  }

  /** Takes a row; the values only until it returns. */
  interface Each {
    void row(Name name, float[] values) throws IOException;
  }

  /** Takes what names a row. */
  interface EachName {
    void row(String sampleId, String split) throws IOException;
  }

  void forEach(Each each) throws IOException {
    if (paths.isEmpty()) {
      forEach(each, null);
      return;
    }
    try (DataInputStream open =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(paths.get())))) {
      forEach(each, open);
    }
  }

  private void forEach(Each each, DataInputStream openPaths) throws IOException {
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
            String path = "";
            if (openPaths != null) {
              path = new String(openPaths.readNBytes(openPaths.readInt()), StandardCharsets.UTF_8);
            }
            each.row(new Name(sampleId, split, label, path), values);
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

  /** One more of {@link #paths}. */
  static void writePath(DataOutputStream out, String path) throws IOException {
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
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
