package org.speechrate.embeddings;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/** Writes {@code x.npy} and {@code ids.csv} row by row, and holds the rules for every source. */
final class EmbeddingOutput implements Closeable {
  static final String VECTORS = "x.npy";
  static final String IDS = "ids.csv";

  private static final int BUFFER_BYTES = 1 << 20;

  private final String shown;
  private final int dimension;
  private final OutputStream vectors;
  private final CsvOutput ids;
  private final ByteBuffer encoded;
  private final Problems problems = new Problems();
  private final Map<String, Seen> seen = new HashMap<>();
  private long rows;

  /** Where an id was first. */
  private record Seen(String place, String split) {}

  /**
   * @param shown how the user knows the source
   * @param rows that will come
   * @throws Refusal if there is nothing to write
   */
  EmbeddingOutput(Path folder, String shown, long rows, int dimension) throws IOException {
    if (rows < 1 || dimension < 1) {
      throw new Refusal(
          Refusal.Kind.TOO_FEW_ROWS,
          Problems.oneLine(
              String.format(
                  Locale.ROOT,
                  "%s: must hold at least one embedding of one value, its shape is (%d, %d)",
                  shown,
                  rows,
                  dimension)));
    }
    this.shown = shown;
    this.dimension = dimension;
    this.encoded =
        ByteBuffer.allocate(Math.multiplyExact(dimension, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    this.vectors =
        new BufferedOutputStream(Files.newOutputStream(folder.resolve(VECTORS)), BUFFER_BYTES);
    try {
      NpyHeader.writeFloat32(vectors, rows, dimension);
      this.ids = CsvOutput.create(folder.resolve(IDS), List.of("sample_id", "split", "label"));
    } catch (IOException | RuntimeException e) {
      vectors.close();
      throw e;
    }
  }

  /**
   * Bad rows are remembered for {@link #finish}.
   *
   * @param place of the row in its source, such as {@code train[3]}
   * @param split empty where the source does not tell
   * @param label empty where the source does not tell
   */
  void add(String place, String sampleId, String split, String label, float[] values)
      throws IOException {
    rows++;
    if (sampleId.isEmpty()) {
      problems.add(Refusal.Kind.BAD_VALUE, place + " has no sample_id");
    } else if (!split.isEmpty() && !Splits.NAMES.contains(split)) {
      problems.add(
          Refusal.Kind.BAD_VALUE,
          String.format(
              "%s (%s): split must be train, dev or test, got %s", place, sampleId, split));
    } else if (values.length != dimension) {
      problems.add(
          Refusal.Kind.BAD_VALUE,
          String.format(
              Locale.ROOT,
              "%s (%s) has %d values, those before it have %d",
              place,
              sampleId,
              values.length,
              dimension));
    } else if (isFinite(place, sampleId, values) && isNew(place, sampleId, split)) {
      encoded.clear();
      for (float value : values) {
        encoded.putFloat(value);
      }
      vectors.write(encoded.array());
      ids.row(sampleId, split, label);
    }
  }

  private boolean isFinite(String place, String sampleId, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        problems.add(
            Refusal.Kind.BAD_VALUE,
            String.format(
                Locale.ROOT,
                "%s (%s): value %d of its embedding is %s",
                place,
                sampleId,
                i,
                values[i]));
        return false;
      }
    }
    return true;
  }

  private boolean isNew(String place, String sampleId, String split) {
    Seen earlier = seen.putIfAbsent(sampleId, new Seen(place, split));
    if (earlier == null) {
      return true;
    }
    problems.add(
        earlier.split().equals(split) ? Refusal.Kind.DUPLICATE_ID : Refusal.Kind.SPLIT_OVERLAP,
        String.format("%s is there twice: %s and %s", sampleId, earlier.place(), place));
    return false;
  }

  /**
   * @param source the format's name in the run's JSON
   * @throws Refusal if any row was bad
   */
  EmbeddingFacts finish(String source) {
    problems.refuseIfAny(shown, "");
    return new EmbeddingFacts(source, rows, dimension);
  }

  @Override
  public void close() throws IOException {
    try (vectors) {
      ids.close();
    }
  }
}
