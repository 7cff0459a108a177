package org.speechrate.training;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.regression.RidgeRegression;

/**
 * The linear function of raw embeddings that a training begins with, and whose errors its network
 * learns.
 *
 * @param weights [d]; none where it begins with nothing
 * @param intercept in letters/s
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
record LinearStart(float[] weights, double intercept) {
  static final LinearStart NONE = new LinearStart(new float[0], 0);

  private static final Logger LOG = LoggerFactory.getLogger(LinearStart.class);

  /** Rows that are read at once. */
  private static final int BLOCK_ROWS = 4096;

  private static final int MOST_NUMBERED = 1000;

  /**
   * Ridge regression on the train split, with the penalty that predicts best what was left out of
   * it: speakers of train, fold by fold, and dev. Nothing where ridge regression makes no sense.
   */
  static LinearStart ridge(TrainingData data) throws IOException {
    SplitRows train = data.train();
    Optional<String> reason = RidgeRegression.reasonAgainst(train.count(), data.dimension());
    if (reason.isPresent()) {
      LOG.info("training begins with nothing: {}", reason.get());
      return NONE;
    }
    RidgeRegression ridge = new RidgeRegression(data.dimension());
    forEach(train, numbered(train.groups()), ridge::add);
    forEach(data.dev(), data.dev().groups(), (x, cps, groups) -> ridge.addHeldOut(x, cps));
    RidgeRegression.Fit fit;
    try {
      fit = ridge.fit();
    } catch (IllegalStateException e) {
      LOG.warn("training begins with nothing: {}", e.getMessage());
      return NONE;
    }
    float[] weights = new float[data.dimension()];
    boolean finite = Double.isFinite(fit.intercept());
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) fit.weights()[i];
      finite &= Float.isFinite(weights[i]);
    }
    return finite ? new LinearStart(weights, fit.intercept()) : NONE;
  }

  private interface Rows {
    void take(float[][] x, double[] cps, int[] groups);
  }

  /** The first ones from 0 on, so that few of them fill all folds. */
  private static int[] numbered(int... groups) {
    Map<Integer, Integer> numbers = new HashMap<>();
    int[] numbered = new int[groups.length];
    for (int i = 0; i < groups.length; i++) {
      if (numbers.size() < MOST_NUMBERED) {
        numbers.putIfAbsent(groups[i], numbers.size());
      }
      numbered[i] = numbers.getOrDefault(groups[i], groups[i]);
    }
    // Of one speaker the utterances must do.
    return numbers.size() > 1 ? numbered : IntStream.range(0, groups.length).toArray();
  }

  private static void forEach(SplitRows rows, int[] groups, Rows taker) throws IOException {
    int[] order = IntStream.range(0, rows.count()).toArray();
    FloatBuffer row = FloatBuffer.allocate(rows.dimension());
    for (int from = 0; from < order.length; from += BLOCK_ROWS) {
      int to = Math.min(from + BLOCK_ROWS, order.length);
      float[][] x = new float[to - from][rows.dimension()];
      for (int i = from; i < to; i++) {
        rows.gather(order, i, i + 1, row.clear());
        row.get(0, x[i - from]);
      }
      taker.take(x, Arrays.copyOfRange(rows.cps(), from, to), Arrays.copyOfRange(groups, from, to));
    }
  }

  boolean isPresent() {
    return weights.length > 0;
  }

  /** The same embeddings, with what this leaves of their cps. */
  SplitRows rest(SplitRows rows) throws IOException {
    if (!isPresent()) {
      return rows;
    }
    double[] rest = rows.cps().clone();
    int[] index = new int[1];
    FloatBuffer row = FloatBuffer.allocate(weights.length);
    for (int i = 0; i < rest.length; i++) {
      index[0] = i;
      rows.gather(index, 0, 1, row.clear());
      double sum = intercept;
      for (int j = 0; j < weights.length; j++) {
        sum += (double) weights[j] * row.get(j);
      }
      rest[i] -= sum;
    }
    return new SplitRows() {
      @Override
      public int count() {
        return rows.count();
      }

      @Override
      public int dimension() {
        return rows.dimension();
      }

      @Override
      public void gather(int[] order, int from, int to, FloatBuffer into) throws IOException {
        rows.gather(order, from, to, into);
      }

      @Override
      public double[] cps() {
        return rest;
      }

      @Override
      public int[] groups() {
        return rows.groups();
      }
    };
  }

  TrainingData rest(TrainingData data) throws IOException {
    return isPresent() ? new TrainingData(rest(data.train()), rest(data.dev())) : data;
  }
}
