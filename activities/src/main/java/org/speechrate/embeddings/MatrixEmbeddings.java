package org.speechrate.embeddings;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.CsvInput;
import org.speechrate.table.Problems;

/**
 * A plain float array [n, d] and a CSV whose row i names row i of it; streamed, so that a matrix
 * may be larger than the memory.
 */
final class MatrixEmbeddings implements EmbeddingSource {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int ROWS_PER_REPORT = 10_000;

  /** So small that their rows are counted before anything is hashed. */
  private static final long SMALL_IDS_BYTES = 16L << 20;

  private final Path matrix;
  private final String matrixShown;
  private final Path ids;
  private final String idsShown;

  /**
   * @param matrixShown how the user knows the matrix
   * @param idsShown how the user knows the ids
   */
  MatrixEmbeddings(Path matrix, String matrixShown, Path ids, String idsShown) {
    this.matrix = matrix;
    this.matrixShown = matrixShown;
    this.ids = ids;
    this.idsShown = idsShown;
  }

  @Override
  public String word() {
    return "matrix";
  }

  @Override
  public Map<String, Path> files() {
    return Map.of("embeddings", matrix, "ids", ids);
  }

  /**
   * @throws Refusal if the array is not [n, d] of floats in C order, is cut off, has another number
   *     of rows than the ids, or holds what is not finite
   */
  @Override
  public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
    NpyHeader header = header();
    long rows = header.shape().get(0);
    int dimension = Math.toIntExact(header.shape().get(1));
    try (InputStream open = Files.newInputStream(matrix);
        DataInputStream in = new DataInputStream(new BufferedInputStream(open, BUFFER_BYTES));
        CsvInput csv = CsvInput.open(ids, idsShown);
        EmbeddingSink.Rows output = sink.open(matrixShown, idsShown, rows, dimension)) {
      in.skipNBytes(header.dataOffset());
      csv.require("sample_id");
      byte[] encoded = new byte[dimension * header.type().bytes()];
      float[] values = new float[dimension];
      output.stored(header.type().toString());
      long[] named = {0};
      csv.forEach(
          row -> {
            named[0] = row.number();
            if (row.number() > rows) {
              return;
            }
            try {
              in.readFully(encoded);
              header.type().floats(ByteBuffer.wrap(encoded), values);
              output.add(
                  "line " + row.line(),
                  "row " + (row.number() - 1) + ", counted from 0",
                  row.get("sample_id"),
                  row.get("split"),
                  row.get("label"),
                  values);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            if (row.number() % ROWS_PER_REPORT == 0) {
              monitor.progress(
                  String.format(Locale.ROOT, "embeddings: %,d of %,d rows", row.number(), rows),
                  row.number(),
                  rows);
            }
          });
      requireRows(named[0], rows);
      return output.finish(word());
    }
  }

  @Override
  public void check() throws IOException {
    NpyHeader header = header();
    try (CsvInput csv = CsvInput.open(ids, idsShown)) {
      csv.require("sample_id");
      long rows = header.shape().get(0);
      // An empty matrix has its own refusal, and nothing to hash.
      if (rows > 0 && Files.size(ids) <= SMALL_IDS_BYTES) {
        long[] named = {0};
        csv.forEach(row -> named[0] = row.number());
        requireRows(named[0], rows);
      }
    }
  }

  private void requireRows(long named, long rows) {
    if (named != rows) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine(
              String.format(
                  Locale.ROOT,
                  "%s names %s, but %s has %,d; name each of them, in their order",
                  idsShown,
                  Counts.of(named, "row"),
                  matrixShown,
                  rows)));
    }
  }

  private NpyHeader header() throws IOException {
    NpyHeader header = NpyHeader.read(matrix, matrixShown);
    if (header.shape().size() != 2 || !header.type().isFloat()) {
      throw refusal(
          String.format(
              "must be float16, float32 or float64 of shape (n, d), is %s of shape %s",
              header.type(), header.shapeText()));
    }
    if (header.fortranOrder()) {
      throw refusal(
          "is stored column by column (Fortran order); save it again with"
              + " np.save(path, np.ascontiguousarray(x))");
    }
    int dimension = NpyVector.values(header.shape().get(1), matrixShown);
    long valueBytes = (long) header.type().bytes() * dimension;
    long data = Files.size(matrix) - header.dataOffset();
    if (valueBytes > 0 && data / valueBytes < header.shape().get(0)) {
      throw refusal(
          String.format(
              Locale.ROOT,
              "is cut off: its shape is %s, but it has bytes for %,d rows only; copy or"
                  + " save it again",
              header.shapeText(),
              data / valueBytes));
    }
    return header;
  }

  private Refusal refusal(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(matrixShown + ": " + problem));
  }
}
