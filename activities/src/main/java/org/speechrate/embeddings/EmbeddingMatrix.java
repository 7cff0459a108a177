package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Path;

/** This stage's {@code x.npy}, for the stages after it. */
public final class EmbeddingMatrix {
  private EmbeddingMatrix() {}

  /** Number of values of each embedding. */
  public static int dimension(Path file) throws IOException {
    return Math.toIntExact(NpyHeader.read(file, file.getFileName().toString()).shape().get(1));
  }
}
