package org.speechrate.probe;

import org.speechrate.embeddings.EmbeddingMatrix;

/** Embeddings by row, wherever they come from. */
interface Features {
  int dimension();

  /**
   * @param into receives {@link #dimension} values
   */
  void read(int row, float[] into);

  static Features of(EmbeddingMatrix matrix) {
    return new Features() {
      @Override
      public int dimension() {
        return matrix.dimension();
      }

      @Override
      public void read(int row, float[] into) {
        matrix.read(row, into, 0);
      }
    };
  }
}
