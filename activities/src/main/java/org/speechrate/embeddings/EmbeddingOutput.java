package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.store.StageTimings;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.IdTable;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/** Writes {@code x.npy} and {@code ids.csv} row by row, and holds the rules for every source. */
final class EmbeddingOutput implements EmbeddingSink.Rows {
  static final String VECTORS = "x.npy";
  static final String IDS = "ids.csv";

  /** An int counts them, and has room for the next block's begin. */
  private static final long MOST_ROWS = 2_000_000_000;

  private static final int BUFFER_BYTES = 1 << 16;

  /** How a row's place ends where it is a number; said once of two. */
  private static final String COUNTED = ", counted from 0";

  private final String shown;
  private final String idsShown;
  private final int dimension;
  private final FileChannel vectors;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final StageTimings timings = StageTimings.OF_THREAD.get();
  private final CsvOutput ids;
  private final Problems problems = new Problems();
  private final Problems idProblems;

  /** Of each id where its row stands among those that are {@link #accepted}. */
  private final IdTable seen;

  private final AcceptedRows accepted;
  private String stored = "";
  private float[] first = {};
  private boolean differ;
  private long rows;

  /**
   * @param shown how the user knows the source
   * @param idsShown how the user knows what names its rows; may be the same
   * @param rows that will come
   * @throws Refusal if there is nothing to write
   */
  EmbeddingOutput(Path folder, String shown, String idsShown, long rows, int dimension)
      throws IOException {
    if (rows < 1) {
      throw tooFew(shown, "it holds none; give one for each utterance");
    }
    if (dimension < 1) {
      throw tooFew(shown, "those that it holds have no values; compute them again");
    }
    if (rows > MOST_ROWS) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine(
              String.format(
                  Locale.ROOT,
                  "%s: holds %,d embeddings, at most %,d are read; leave some out",
                  shown,
                  rows,
                  MOST_ROWS)));
    }
    this.shown = shown;
    this.idsShown = idsShown;
    this.idProblems = idsShown.equals(shown) ? problems : new Problems();
    this.dimension = dimension;
    this.seen = new IdTable(idsShown);
    this.accepted = new AcceptedRows(folder.resolve(".accepted"));
    this.vectors =
        FileChannel.open(
            folder.resolve(VECTORS),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      NpyHeader.writeFloat32(Channels.newOutputStream(vectors), rows, dimension);
      this.ids = CsvOutput.create(folder.resolve(IDS), List.of("sample_id", "split", "label"));
    } catch (IOException | RuntimeException e) {
      vectors.close();
      accepted.close();
      throw e;
    }
  }

  @Override
  public void stored(String type) {
    stored = type;
  }

  /**
   * Bad rows are remembered for {@link #finish}.
   *
   * @param named where its id stands, such as {@code line 5}
   * @param place of the row in its source, such as {@code train[3]}
   * @param split empty where the source does not tell
   * @param label empty where the source does not tell
   */
  @Override
  public void add(
      String named, String place, String sampleId, String split, String label, float[] values)
      throws IOException {
    rows++;
    if (sampleId.isEmpty()) {
      idProblems.add(Refusal.Kind.BAD_VALUE, named + " has no sample_id", "name its utterance");
    } else if (!split.isEmpty() && !Splits.NAMES.contains(split)) {
      idProblems.add(
          Refusal.Kind.BAD_VALUE,
          String.format(
              "%s (%s): split must be train, dev or test, got %s",
              named, Problems.value(sampleId), Problems.value(split)),
          "");
    } else if (values.length != dimension) {
      problems.add(
          Refusal.Kind.BAD_VALUE,
          String.format(
              Locale.ROOT,
              "%s (%s) has %s, those before it have %d",
              place,
              Problems.value(sampleId),
              Counts.of(values.length, "value"),
              dimension),
          "compute all with one encoder");
    } else if (isFinite(place, sampleId, values) && isNew(named, sampleId, split)) {
      compare(values);
      write(values);
      ids.row(sampleId, split, label);
    }
  }

  private void write(float[] values) throws IOException {
    for (int done = 0; done < dimension; ) {
      int some = Math.min(dimension - done, buffer.remaining() / Float.BYTES);
      buffer.asFloatBuffer().put(values, done, some);
      buffer.position(buffer.position() + some * Float.BYTES);
      done += some;
      if (buffer.remaining() < Float.BYTES) {
        flush();
      }
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    timings.time(
        StageTimings.Part.WRITING,
        () -> {
          while (buffer.hasRemaining()) {
            vectors.write(buffer);
          }
          return buffer.clear();
        });
  }

  private boolean isFinite(String place, String sampleId, float[] values) {
    int most = 0;
    for (float value : values) {
      most = Math.max(most, Float.floatToRawIntBits(value) & EmbeddingMatrix.NOT_FINITE);
    }
    if (most < EmbeddingMatrix.NOT_FINITE) {
      return true;
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        problems.add(
            Refusal.Kind.BAD_VALUE,
            String.format(
                Locale.ROOT,
                "%s (%s): value %d of its embedding is %s",
                place,
                Problems.value(sampleId),
                i,
                EmbeddingSink.describe(values[i], stored)),
            "compute it again, or leave its utterance out");
        break;
      }
    }
    return false;
  }

  private boolean isNew(String named, String sampleId, String split) throws IOException {
    long earlier = seen.putIfAbsent(sampleId, accepted.end());
    if (earlier < 0) {
      accepted.add(named, split);
      return true;
    }
    AcceptedRows.Row row = accepted.read(earlier);
    String earlierNamed = named.endsWith(COUNTED) ? row.named().replace(COUNTED, "") : row.named();
    idProblems.add(
        row.split().equals(split) ? Refusal.Kind.DUPLICATE_ID : Refusal.Kind.SPLIT_OVERLAP,
        String.format(
            "%s is there twice: %s and %s", Problems.value(sampleId), earlierNamed, named),
        "keep one of each");
    return false;
  }

  /** Notes whether any differs from the first; -0 and 0 are the same number. */
  private void compare(float[] values) {
    if (first.length == 0) {
      first = values.clone();
    }
    for (int i = 0; i < dimension && !differ; i++) {
      differ = values[i] != first[i];
    }
  }

  private static Refusal tooFew(String shown, String problem) {
    return new Refusal(
        Refusal.Kind.TOO_FEW_ROWS,
        Problems.oneLine(shown + ": must hold at least one embedding, " + problem));
  }

  /**
   * @param source the format's name in the run's JSON
   * @throws Refusal if any row was bad, or all are the same vector
   */
  @Override
  public EmbeddingFacts finish(String source) {
    idProblems.refuseIfAny(idsShown);
    problems.refuseIfAny(shown);
    // Of one alone there is nothing to compare; a dataset is refused that has so few.
    if (rows > 1 && !differ) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          Problems.oneLine(
              String.format(
                  Locale.ROOT,
                  "%s: all %,d embeddings are the same vector: there is nothing to learn from;"
                      + " check the encoder and the audio that it was given",
                  shown,
                  rows)));
    }
    return new EmbeddingFacts(source, rows, dimension);
  }

  @Override
  public void close() throws IOException {
    try (vectors;
        ids;
        accepted) {
      flush();
    }
  }
}
