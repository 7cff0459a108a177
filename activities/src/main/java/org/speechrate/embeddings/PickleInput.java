package org.speechrate.embeddings;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.speechrate.pipeline.Refusal;

/**
 * The bytes of a pickle. It knows how many are left, so a size that the file claims is checked
 * before anything is allocated.
 */
final class PickleInput {
  /** Protocol 0 writes values as lines; an embedding of 256 values takes some kilobytes. */
  private static final int LONGEST_LINE = 1 << 24;

  private final DataInputStream in;
  private long left;

  /**
   * @param left number of bytes that the stream still has
   */
  PickleInput(InputStream in, long left) {
    this.in = new DataInputStream(in);
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
              + left);
    }
    left -= bytes;
  }

  int u1() throws IOException {
    need(1);
    return in.readUnsignedByte();
  }

  int u2() throws IOException {
    need(2);
    return Short.toUnsignedInt(Short.reverseBytes(in.readShort()));
  }

  int i4() throws IOException {
    need(4);
    return Integer.reverseBytes(in.readInt());
  }

  long i8() throws IOException {
    need(8);
    return Long.reverseBytes(in.readLong());
  }

  double f8() throws IOException {
    need(8);
    return in.readDouble();
  }

  byte[] bytes(long count) throws IOException {
    need(count);
    if (count > Integer.MAX_VALUE - 8) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT, "holds one value of " + count + " bytes, above 2 GiB");
    }
    byte[] bytes = new byte[(int) count];
    in.readFully(bytes);
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
