package org.speechrate.embeddings;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.speechrate.pipeline.Refusal;

/**
 * The bytes of a pickle. It knows how many are left, so a size that the file claims is checked
 * before anything is allocated.
 */
public final class PickleInput {
  /** Protocol 0 writes values as lines; an embedding of 256 values takes some kilobytes. */
  private static final int LONGEST_LINE = 1 << 24;

  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final ByteBuffer numbers = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
  private int at;
  private int limit;
  private long left;

  /**
   * @param in need not be buffered
   * @param left number of bytes that the stream still has
   */
  public PickleInput(InputStream in, long left) {
    this.in = in;
    this.left = left;
  }

  long left() {
    return left;
  }

  private void need(long bytes) {
    if (bytes < 0 || bytes > left) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          "is cut off or damaged: the pickle needs "
              + Long.toUnsignedString(bytes)
              + " more bytes, the file has "
              + left
              + "; copy or save it again");
    }
    left -= bytes;
  }

  /** Passes over so few bytes, and returns where in the buffer they stand. */
  private int take(int bytes) throws IOException {
    need(bytes);
    if (limit - at < bytes) {
      System.arraycopy(buffer, at, buffer, 0, limit - at);
      limit -= at;
      at = 0;
      limit += in.readNBytes(buffer, limit, buffer.length - limit);
      if (limit < bytes) {
        throw new EOFException(); // somebody shortens it
      }
    }
    at += bytes;
    return at - bytes;
  }

  int u1() throws IOException {
    return buffer[take(1)] & 0xFF;
  }

  int u2() throws IOException {
    return Short.toUnsignedInt(numbers.getShort(take(2)));
  }

  int i4() throws IOException {
    return numbers.getInt(take(4));
  }

  long i8() throws IOException {
    return numbers.getLong(take(8));
  }

  /** The one number that a pickle writes big-endian. */
  double f8() throws IOException {
    return Double.longBitsToDouble(Long.reverseBytes(i8()));
  }

  byte[] bytes(long count) throws IOException {
    need(count);
    if (count > Integer.MAX_VALUE - 8) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT, "holds one value of " + count + " bytes, above 2 GiB");
    }
    byte[] bytes = new byte[(int) count];
    int buffered = Math.min(bytes.length, limit - at);
    System.arraycopy(buffer, at, bytes, 0, buffered);
    at += buffered;
    int missing = bytes.length - buffered;
    if (in.readNBytes(bytes, buffered, missing) < missing) {
      throw new EOFException();
    }
    return bytes;
  }

  /** Up to the next line feed, which is left out. */
  byte[] line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = u1(); next != '\n'; next = u1()) {
      if (line.size() == LONGEST_LINE) {
        throw new Refusal(
            Refusal.Kind.BAD_FORMAT, "is damaged: a line of its pickle is above 16 MiB");
      }
      line.write(next);
    }
    return line.toByteArray();
  }
}
