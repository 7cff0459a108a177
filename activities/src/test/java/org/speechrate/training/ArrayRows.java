package org.speechrate.training;

import java.nio.FloatBuffer;

/**
 * Samples in memory.
 *
 * @param x embeddings, [n × d]
 * @param cps [n]
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
record ArrayRows(int dimension, float[] x, double... cps) implements SplitRows {
  @Override
  public int count() {
    return x.length / dimension;
  }

  @Override
  public void gather(int[] order, int from, int to, FloatBuffer into) {
    for (int i = from; i < to; i++) {
      into.put(x, order[i] * dimension, dimension);
    }
  }
}
