package org.speechrate.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;

/**
 * A file's bytes by their position, by way of one buffer: the header of a file costs one read, and
 * a walk through it reads each byte once. What lies behind its end is refused as cut off.
 */
final class AudioInput implements Closeable {
  private static final int FIRST_READ_BYTES = 1 << 13;
  private static final int BUFFER_BYTES = 1 << 16;

  /** Longer than any frame, so that a step back after a look ahead reads nothing again. */
  private static final int KEPT_BYTES = 1 << 13;

  private final FileChannel channel;
  private final long size;
  private byte[] buffer = new byte[FIRST_READ_BYTES];
  private long bufferAt;
  private int buffered;

  AudioInput(Path file) throws IOException {
    this.channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      this.size = channel.size();
      fill(0);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  long size() {
    return size;
  }

  /** Whether so many bytes are there. */
  boolean has(long at, long bytes) {
    return at >= 0 && bytes <= size - at;
  }

  /** 0 to 255. */
  int u8(long at) throws IOException {
    return buffer[inBuffer(at, 1)] & 0xFF;
  }

  int be32(long at) throws IOException {
    int from = inBuffer(at, Integer.BYTES);
    return ((buffer[from] & 0xFF) << 24)
        | ((buffer[from + 1] & 0xFF) << 16)
        | ((buffer[from + 2] & 0xFF) << 8)
        | (buffer[from + 3] & 0xFF);
  }

  /** Unsigned. */
  long le32(long at) throws IOException {
    return Integer.toUnsignedLong(Integer.reverseBytes(be32(at)));
  }

  long le64(long at) throws IOException {
    return le32(at) | (le32(at + Integer.BYTES) << 32);
  }

  int le16(long at) throws IOException {
    return u8(at) | (u8(at + 1) << 8);
  }

  /** Whether these ASCII characters stand there; not where the file ends before. */
  boolean is(String text, long at) throws IOException {
    if (!has(at, text.length())) {
      return false;
    }
    int from = inBuffer(at, text.length());
    for (int i = 0; i < text.length(); i++) {
      if (buffer[from + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * @param length at most as large as the caller may hold in memory
   */
  byte[] bytes(long at, int length) throws IOException {
    require(at, length);
    if (at >= bufferAt && at + length <= bufferAt + buffered) {
      int from = (int) (at - bufferAt);
      return Arrays.copyOfRange(buffer, from, from + length);
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw cutOff();
      }
    }
    return bytes.array();
  }

  String ascii(long at, int length) throws IOException {
    return new String(bytes(at, length), StandardCharsets.ISO_8859_1);
  }

  Refusal cutOff() {
    return broken(size == 0 ? "is empty" : "is cut off: it has only " + Counts.of(size, "byte"));
  }

  static Refusal broken(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, problem);
  }

  private void require(long at, int bytes) {
    if (!has(at, bytes)) {
      throw cutOff();
    }
  }

  /** Where in the buffer the byte is, with the given number of bytes behind it. */
  private int inBuffer(long at, int bytes) throws IOException {
    require(at, bytes);
    if (at < bufferAt || at + bytes > bufferAt + buffered) {
      if (buffer.length < BUFFER_BYTES && at > 0) {
        buffer = new byte[BUFFER_BYTES];
      }
      fill(Math.max(0, at - KEPT_BYTES));
      if (at + bytes > bufferAt + buffered) {
        throw cutOff(); // somebody shortens it
      }
    }
    return (int) (at - bufferAt);
  }

  private void fill(long at) throws IOException {
    bufferAt = at;
    buffered = 0;
    ByteBuffer target = ByteBuffer.wrap(buffer);
    int expected = (int) Math.min(buffer.length, size - at);
    while (buffered < expected) {
      int read = channel.read(target, at + buffered);
      if (read < 0) {
        return;
      }
      buffered += read;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
