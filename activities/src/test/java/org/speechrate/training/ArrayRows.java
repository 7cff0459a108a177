package org.speechrate.training;

import java.nio.FloatBuffer;
import java.util.stream.IntStream;

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
  public int[] groups() {
    return IntStream.range(0, count()).toArray();
  }

  @Override
  public void gather(int[] order, int from, int to, FloatBuffer into) {
    for (int i = from; i < to; i++) {
      into.put(x, order[i] * dimension, dimension);
    }
  }
}
