package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.Locale;
import org.speechrate.pipeline.Refusal;

/**
 * The embeddings stage's {@code x.npy}, float32 [rows, dimension] in C order, mapped into memory:
 * rows may be read in any order, and none takes a place in the heap.
 */
public final class EmbeddingMatrix {
  /** Name of the file in the embeddings' folder. */
  public static final String FILE = EmbeddingOutput.VECTORS;

  /** Name of the table beside it: sample_id, split and label of each row. */
  public static final String IDS = EmbeddingOutput.IDS;

  /**
   * Name of the table beside it, where an encoder made them: sample_id, split and reason of each
   * utterance that has no embedding.
   */
  public static final String MISSING = "missing.csv";

  private static final NumpyType FLOAT32 = NumpyType.of("<f4");

  /** One mapping holds at most 2 GiB. */
  private static final long SEGMENT_BYTES = 1L << 30;

  /** No {@link #block} of so many rows, or of a smaller power of two, is in two mappings. */
  private static final long BLOCK_ROWS = 4096;

  /** All bits of the exponent: set in NaN and the infinities, and in nothing else. */
  static final int NOT_FINITE = 0x7F800000;

  private final Path file;
  private final long rows;
  private final int dimension;
  private final long segmentRows;
  private final ByteBuffer[] bytes;
  private final FloatBuffer[] segments;

  private EmbeddingMatrix(Path file, FileChannel channel, long segmentBytes) throws IOException {
    this.file = file;
    NpyHeader header = NpyHeader.read(file, file.toString());
    if (!header.type().equals(FLOAT32) || header.fortranOrder() || header.shape().size() != 2) {
      throw bad("it must be float32, C order, two dimensions");
    }
    rows = header.shape().get(0);
    dimension = Math.toIntExact(header.shape().get(1));
    long data = header.dataOffset();
    long rowBytes = (long) Float.BYTES * dimension;
    long size = Math.multiplyExact(rows, rowBytes);
    if (dimension < 1 || channel.size() != data + size) {
      throw bad(
          String.format(
              Locale.ROOT,
              "%d × %d values need %d bytes, it has %d",
              rows,
              dimension,
              data + size,
              channel.size()));
    }
    long most = Math.max(1, segmentBytes / rowBytes);
    segmentRows = most - most % Math.min(BLOCK_ROWS, Long.highestOneBit(most));
    bytes = new ByteBuffer[Math.toIntExact((rows + segmentRows - 1) / segmentRows)];
    segments = new FloatBuffer[bytes.length];
    for (int i = 0; i < segments.length; i++) {
      long begin = i * segmentRows * rowBytes;
      bytes[i] =
          channel
              .map(MapMode.READ_ONLY, data + begin, Math.min(segmentRows * rowBytes, size - begin))
              .order(ByteOrder.LITTLE_ENDIAN);
      segments[i] = bytes[i].asFloatBuffer();
    }
  }

  /**
   * Maps the file, which must not be cut while it is in use.
   *
   * @throws Refusal if it is no float32 matrix in C order, or has another size than it says
   */
  public static EmbeddingMatrix open(Path file) throws IOException {
    return open(file, SEGMENT_BYTES);
  }

  static EmbeddingMatrix open(Path file, long segmentBytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return new EmbeddingMatrix(file, channel, segmentBytes);
    }
  }

  public long rows() {
    return rows;
  }

  public int dimension() {
    return dimension;
  }

  /** The most rows of a {@link #block} that has about so many values: a power of two. */
  public int blockRows(int values) {
    return (int) Math.min(BLOCK_ROWS, Integer.highestOneBit(Math.max(1, values / dimension)));
  }

  /**
   * Embeddings as they stand in the file: float32, little endian, nothing copied. Not looked at:
   * the stage that wrote them has refused what is not finite.
   *
   * @param first a multiple of {@link #blockRows}
   * @param count at most {@link #blockRows}
   */
  public ByteBuffer block(long first, int count) {
    int rowBytes = Float.BYTES * dimension;
    return bytes[(int) (first / segmentRows)]
        .slice((int) (first % segmentRows) * rowBytes, count * rowBytes)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Copies one embedding.
   *
   * @param row counted from 0
   * @param into receives {@link #dimension} values from {@code offset} on
   * @throws Refusal if the row does not exist, or one of its values is NaN or infinite
   */
  public void read(long row, float[] into, int offset) {
    if (row < 0 || row >= rows) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format("%s has %d rows, none is row %d", file, rows, row));
    }
    segments[(int) (row / segmentRows)].get(
        (int) (row % segmentRows) * dimension, into, offset, dimension);
    int most = 0;
    for (int i = offset; i < offset + dimension; i++) {
      most = Math.max(most, Float.floatToRawIntBits(into[i]) & NOT_FINITE);
    }
    if (most == NOT_FINITE) {
      refuse(row, into, offset);
    }
  }

  private void refuse(long row, float[] values, int offset) {
    int i = 0;
    while (Float.isFinite(values[offset + i])) {
      i++;
    }
    throw new Refusal(
        Refusal.Kind.BAD_VALUE,
        String.format(
            "%s, row %d: an embedding must be finite, value %d is %s",
            file, row, i, values[offset + i]));
  }

  private Refusal bad(String why) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, file + " is no matrix of embeddings: " + why);
  }
}
