package org.speechrate.embeddings;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes embeddings that were computed from others, as the embeddings stage leaves its own. */
public final class DerivedEmbeddings {
  private static final int BUFFER_BYTES = 1 << 20;

  private DerivedEmbeddings() {}

  /** What computes a row. */
  public interface Rows {
    /**
     * @param row from 0
     * @param into [d]
     */
    void read(long row, float[] into);
  }

  /**
   * Writes {@code x.npy}, and {@code ids.csv} as the others have it.
   *
   * @param from folder of the others
   */
  public static void write(Path folder, Path from, long rows, int dimension, Rows source)
      throws IOException {
    Files.copy(from.resolve(EmbeddingOutput.IDS), folder.resolve(EmbeddingOutput.IDS));
    try (OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(folder.resolve(EmbeddingOutput.VECTORS)), BUFFER_BYTES)) {
      NpyHeader.writeFloat32(out, rows, dimension);
      float[] values = new float[dimension];
      ByteBuffer encoded =
          ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (long row = 0; row < rows; row++) {
        source.read(row, values);
        encoded.asFloatBuffer().put(values);
        out.write(encoded.array());
      }
    }
  }
}
