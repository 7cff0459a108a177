package org.speechrate.training;

import java.io.IOException;
import java.nio.FloatBuffer;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.pipeline.Refusal;

/** The samples of one split in the embeddings' matrix. */
interface SplitRows {
  int count();

  int dimension();

  /**
   * Copies the embeddings of samples order[from..to), unscaled, row after row, to the buffer's
   * position on, which then stands behind the last.
   *
   * @throws Refusal if a value is NaN or infinite
   */
  void gather(int[] order, int from, int to, FloatBuffer into) throws IOException;

  /** Targets in letters/s, [count]. */
  double[] cps();

  /** Numbers of their speakers, [count]; each its own where nobody knows them. */
  int[] groups();

  /**
   * @param rows of the samples in the matrix, [count]
   * @param groups numbers of their speakers, [count]
   */
  static SplitRows of(EmbeddingMatrix matrix, int[] rows, double[] cps, int[] groups) {
    return new SplitRows() {
      @Override
      public int count() {
        return rows.length;
      }

      @Override
      public int dimension() {
        return matrix.dimension();
      }

      @Override
      public void gather(int[] order, int from, int to, FloatBuffer into) {
        float[] values = new float[matrix.dimension()];
        for (int i = from; i < to; i++) {
          matrix.read(rows[order[i]], values, 0);
          into.put(values);
        }
      }

      @Override
      public double[] cps() {
        return cps;
      }

      @Override
      public int[] groups() {
        return groups;
      }
    };
  }
}
