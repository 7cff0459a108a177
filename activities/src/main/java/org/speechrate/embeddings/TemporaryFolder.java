package org.speechrate.embeddings;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.speechrate.store.Durable;

/** A folder among the system's temporary ones, for what has no place of its own on the disk. */
record TemporaryFolder(Path path) implements Closeable {
  static TemporaryFolder create() throws IOException {
    return new TemporaryFolder(Files.createTempDirectory("speechrate-"));
  }

  @Override
  public void close() throws IOException {
    Durable.deleteFolder(path);
  }
}
