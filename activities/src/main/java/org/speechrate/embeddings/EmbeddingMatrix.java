package org.speechrate.embeddings;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Locale;
import org.speechrate.pipeline.Refusal;

/**
 * The embeddings stage's {@code x.npy}, float32 [rows, dimension] in C order, of which only the
 * rows that are asked for are read: a window of the file at a time, so ascending rows are fast.
 */
public final class EmbeddingMatrix implements AutoCloseable {
  /** Name of the file in the embeddings' folder. */
  public static final String FILE = EmbeddingOutput.VECTORS;

  private static final NumpyType FLOAT32 = NumpyType.of("<f4");
  private static final int WINDOW_BYTES = 1 << 20;

  private final Path file;
  private final FileChannel channel;
  private final long data;
  private final long rows;
  private final int dimension;
  private final ByteBuffer window;
  private long windowBegin;

  private EmbeddingMatrix(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    NpyHeader header = NpyHeader.read(file, file.toString());
    if (!header.type().equals(FLOAT32) || header.fortranOrder() || header.shape().size() != 2) {
      throw bad("it must be float32, C order, two dimensions");
    }
    rows = header.shape().get(0);
    dimension = Math.toIntExact(header.shape().get(1));
    data = header.dataOffset();
    long bytes = Math.multiplyExact(rows, (long) Float.BYTES * dimension);
    if (dimension < 1 || channel.size() != data + bytes) {
      throw bad(
          String.format(
              Locale.ROOT,
              "%d × %d values need %d bytes, it has %d",
              rows,
              dimension,
              data + bytes,
              channel.size()));
    }
    window =
        ByteBuffer.allocate(Math.max(WINDOW_BYTES, Float.BYTES * dimension))
            .order(ByteOrder.LITTLE_ENDIAN)
            .limit(0);
  }

  /**
   * Opens the file and reads its header.
   *
   * @throws Refusal if it is no float32 matrix in C order, or has another size than it says
   */
  public static EmbeddingMatrix open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return new EmbeddingMatrix(file, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  public long rows() {
    return rows;
  }

  public int dimension() {
    return dimension;
  }

  /**
   * Copies one embedding.
   *
   * @param row counted from 0
   * @param sampleId whose embedding it is, for messages
   * @param into receives {@link #dimension} values from {@code offset} on
   * @throws Refusal if the row does not exist, or one of its values is NaN or infinite
   */
  public void read(long row, String sampleId, float[] into, int offset) throws IOException {
    if (row >= rows) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format(
              "sample %s: its embedding should be row %d of %s, which has %d rows",
              sampleId, row, file, rows));
    }
    long rowBytes = (long) Float.BYTES * dimension;
    long begin = row * rowBytes;
    if (begin < windowBegin || begin + rowBytes > windowBegin + window.limit()) {
      fill(begin, rowBytes);
    }
    window
        .slice((int) (begin - windowBegin), (int) rowBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(into, offset, dimension);
    for (int i = 0; i < dimension; i++) {
      if (!Float.isFinite(into[offset + i])) {
        throw new Refusal(
            Refusal.Kind.BAD_VALUE,
            String.format(
                "sample %s: its embedding must be finite, value %d is %s",
                sampleId, i, into[offset + i]));
      }
    }
  }

  private void fill(long begin, long rowBytes) throws IOException {
    window.clear();
    long wholeRows = window.capacity() / rowBytes * rowBytes;
    window.limit((int) Math.min(wholeRows, rows * rowBytes - begin));
    windowBegin = begin;
    readFully(window, data + begin);
    window.position(0);
  }

  private void readFully(ByteBuffer buffer, long position) throws IOException {
    long at = position;
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer, at);
      if (read < 0) {
        throw new EOFException(file + " ends too early, at byte " + at);
      }
      at += read;
    }
  }

  private Refusal bad(String why) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, file + " is no matrix of embeddings: " + why);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
