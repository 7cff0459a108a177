package org.speechrate.training;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;

/**
 * The embeddings stage's {@code x.npy}, float32 [rows, dimension] in C order, of which only the
 * rows that are asked for are read: a window of the file at a time, so ascending rows are fast.
 */
public final class EmbeddingMatrix implements AutoCloseable {
  /** Name of the file in the embeddings' folder. */
  public static final String FILE = "x.npy";

  private static final Pattern SHAPE =
      Pattern.compile("'shape'\\s*:\\s*\\(\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,?\\s*\\)");
  private static final Pattern FLOAT32 = Pattern.compile("'descr'\\s*:\\s*'<f4'");
  private static final Pattern C_ORDER = Pattern.compile("'fortran_order'\\s*:\\s*False");
  private static final int MAGIC_BYTES = 8;
  private static final int MAX_HEADER_BYTES = 1 << 20;
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
    ByteBuffer start = bytes(0, MAGIC_BYTES);
    int major = start.get(6);
    if (start.get(0) != (byte) 0x93 || start.get(1) != 'N' || major < 1 || major > 3) {
      throw bad("it does not begin as a .npy file does");
    }
    int lengthBytes = major == 1 ? 2 : 4;
    ByteBuffer length = bytes(MAGIC_BYTES, lengthBytes);
    long headerBytes = major == 1 ? Short.toUnsignedInt(length.getShort()) : length.getInt();
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
      throw bad("its header would have " + headerBytes + " bytes");
    }
    String header =
        StandardCharsets.ISO_8859_1
            .decode(bytes(MAGIC_BYTES + lengthBytes, (int) headerBytes))
            .toString();
    Matcher shape = SHAPE.matcher(header);
    if (!shape.find() || !FLOAT32.matcher(header).find() || !C_ORDER.matcher(header).find()) {
      throw bad("it must be float32, C order, two dimensions; its header is " + header.strip());
    }
    rows = Long.parseLong(shape.group(1));
    dimension = Integer.parseInt(shape.group(2));
    data = MAGIC_BYTES + lengthBytes + headerBytes;
    long bytes = Math.multiplyExact(rows, (long) Float.BYTES * dimension);
    if (dimension < 1 || channel.size() != data + bytes) {
      throw bad(
          String.format(
              "%d × %d values need %d bytes, it has %d",
              rows, dimension, data + bytes, channel.size()));
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
   * Copies the sample's embedding.
   *
   * @param into receives {@link #dimension} values from {@code offset} on
   * @throws Refusal if the row does not exist, or one of its values is NaN or infinite
   */
  public void read(Sample sample, float[] into, int offset) throws IOException {
    if (sample.row() >= rows) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format(
              "sample %s: its embedding should be row %d of %s, which has %d rows",
              sample.sampleId(), sample.row(), file, rows));
    }
    long rowBytes = (long) Float.BYTES * dimension;
    long begin = sample.row() * rowBytes;
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
                sample.sampleId(), i, into[offset + i]));
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

  private ByteBuffer bytes(long position, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    try {
      readFully(buffer, position);
    } catch (EOFException e) {
      throw new Refusal(Refusal.Kind.BAD_FORMAT, e.getMessage(), e);
    }
    return buffer.flip();
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
