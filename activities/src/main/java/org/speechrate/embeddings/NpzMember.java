package org.speechrate.embeddings;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/** One array of a {@code .npz}, read once from its begin to its end. */
final class NpzMember implements Closeable {
  /** No name of an utterance has more characters. */
  static final int LONGEST_TEXT = 1024;

  private static final int BUFFER_BYTES = 1 << 16;

  private final ZipEntry entry;
  private final String shown;
  private final CheckedInputStream in;

  NpzMember(ZipFile zip, ZipEntry entry, String shown) throws IOException {
    this.entry = entry;
    this.shown = shown;
    this.in =
        new CheckedInputStream(
            new BufferedInputStream(
                new Declared(zip.getInputStream(entry), entry.getSize()), BUFFER_BYTES),
            new CRC32());
  }

  /** No more than the file's directory says that it has, which was checked. */
  private static final class Declared extends FilterInputStream {
    private long left;

    Declared(InputStream in, long left) {
      super(in);
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left <= 0) {
        return -1;
      }
      int read = super.read(into, offset, (int) Math.min(length, left));
      left -= Math.max(0, read);
      return read;
    }
  }

  InputStream stream() {
    return in;
  }

  NpyHeader header() throws IOException {
    return NpyHeader.read(in, shown);
  }

  /**
   * @throws Refusal if fewer bytes are left
   */
  void readFully(byte[] into) throws IOException {
    if (in.readNBytes(into, 0, into.length) < into.length) {
      throw refusal("ends before its last value; save it again with np.savez");
    }
  }

  /**
   * @throws Refusal if the array is not of shape (rows,) and of str or bytes
   */
  NpyHeader textHeader(long rows) throws IOException {
    NpyHeader header = header();
    char kind = header.type().kind();
    if (kind != 'U' && kind != 'S') {
      throw refusal(
          "must be an array of str or bytes, is "
              + header.type()
              + "; save it as np.array(ids, dtype=str)");
    }
    if (header.shape().size() != 1 || header.shape().get(0) != rows) {
      throw refusal(
          String.format(
              "must have the shape (%d,), one for each embedding, is of shape %s",
              rows, header.shapeText()));
    }
    if (header.type().bytes() > 4 * LONGEST_TEXT) {
      throw refusal("has texts of more than " + LONGEST_TEXT + " characters, which are not read");
    }
    return header;
  }

  /** The next value of an array of str or bytes, without numpy's NULs at its end. */
  String text(NumpyType type, long row) throws IOException {
    byte[] encoded = new byte[type.bytes()];
    readFully(encoded);
    if (type.kind() == 'S') {
      int end = encoded.length;
      while (end > 0 && encoded[end - 1] == 0) {
        end--;
      }
      return new String(encoded, 0, end, StandardCharsets.UTF_8);
    }
    StringBuilder text = new StringBuilder();
    ByteBuffer codePoints = ByteBuffer.wrap(encoded).order(type.order());
    int nuls = 0;
    while (codePoints.hasRemaining()) {
      int codePoint = codePoints.getInt();
      if (codePoint == 0) {
        nuls++;
        continue;
      }
      if (!Character.isValidCodePoint(codePoint)
          || (codePoint <= Character.MAX_SURROGATE && codePoint >= Character.MIN_SURROGATE)) {
        throw refusal(
            String.format(
                "row %d, counted from 0, holds 0x%X, which is no character", row, codePoint));
      }
      text.append("\0".repeat(nuls)).appendCodePoint(codePoint);
      nuls = 0;
    }
    return text.toString();
  }

  /**
   * @throws Refusal if bytes are left, or those read are not those that were written
   */
  void finish() throws IOException {
    if (in.read() >= 0) {
      throw refusal("has bytes after its last value; save it again with np.savez");
    }
    if (entry.getCrc() >= 0 && in.getChecksum().getValue() != entry.getCrc()) {
      throw refusal("is damaged: its checksum is another one; save it again with np.savez");
    }
  }

  Refusal refusal(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(shown + ": " + problem));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
