package org.speechrate.embeddings;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where each row was named, and in which split: only an id that comes again asks for it, so it lies
 * in a file that is gone at the end, and not in the heap.
 */
final class AcceptedRows implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  /** A place is a few words; no name of a file is so long. */
  private static final int LONGEST = 10_000;

  private final Path path;
  private final RandomAccessFile file;
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(BUFFER_BYTES);
  private final DataOutputStream out = new DataOutputStream(buffer);
  private long written;

  record Row(String named, String split) {}

  AcceptedRows(Path path) throws IOException {
    this.path = path;
    this.file = new RandomAccessFile(path.toFile(), "rw");
  }

  /** Where the next row will stand. */
  long end() {
    return written + buffer.size();
  }

  void add(String named, String split) throws IOException {
    write(named.substring(0, Math.min(LONGEST, named.length())));
    write(split);
    if (buffer.size() >= BUFFER_BYTES) {
      flush();
    }
  }

  Row read(long at) throws IOException {
    flush();
    file.seek(at);
    return new Row(readText(), readText());
  }

  private void write(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private String readText() throws IOException {
    byte[] bytes = new byte[file.readInt()];
    file.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void flush() throws IOException {
    file.seek(written);
    file.write(buffer.toByteArray());
    written += buffer.size();
    buffer.reset();
  }

  @Override
  public void close() throws IOException {
    file.close();
    Files.deleteIfExists(path);
  }
}
