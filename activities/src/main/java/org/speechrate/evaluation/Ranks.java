package org.speechrate.evaluation;

import java.util.Arrays;

/**
 * Rank correlations of labels and predictions whose speakers are drawn so many times: sorted once,
 * then one pass a draw. Ties have their mean rank, copies of an utterance too.
 */
final class Ranks {
  private final Column labels;
  private final Column[] predictions;

  /** Of each prediction in its order, where its label stands in the labels' order. */
  private final int[][] labelAt;

  /**
   * @param labels [n]
   * @param predictions [k][n]
   * @param speakers [n]
   */
  Ranks(double[] labels, double[][] predictions, int[] speakers) {
    int[] order = order(labels);
    this.labels = new Column(labels, order, speakers);
    int[] position = new int[labels.length];
    for (int at = 0; at < order.length; at++) {
      position[order[at]] = at;
    }
    this.predictions = new Column[predictions.length];
    labelAt = new int[predictions.length][];
    for (int k = 0; k < predictions.length; k++) {
      int[] ordered = order(predictions[k]);
      this.predictions[k] = new Column(predictions[k], ordered, speakers);
      for (int at = 0; at < ordered.length; at++) {
        ordered[at] = position[ordered[at]];
      }
      labelAt[k] = ordered;
    }
  }

  /** Values in their order. */
  private static final class Column {
    /** [n] */
    final int[] speakers;

    /** [n], whether the next value, if any, is another one. */
    final boolean[] last;

    /** Whether all values are the same. */
    final boolean constant;

    Column(double[] values, int[] order, int[] speakerOf) {
      speakers = new int[order.length];
      last = new boolean[order.length];
      for (int at = 0; at < order.length; at++) {
        speakers[at] = speakerOf[order[at]];
        last[at] = at + 1 == order.length || values[order[at]] != values[order[at + 1]];
      }
      constant = values[order[0]] == values[order[order.length - 1]];
    }
  }

  /** Indices in the order of the values; equal ones in their own order. */
  private static int[] order(double[] values) {
    double[] sorted = values.clone();
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] += 0.0; // -0.0 is 0.0, in whatever order Arrays.sort has them
    }
    Arrays.sort(sorted);
    int[] taken = new int[values.length];
    int[] order = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      int first = first(sorted, values[i]);
      order[first + taken[first]++] = i;
    }
    return order;
  }

  /** Where the value stands first. */
  private static int first(double[] sorted, double value) {
    int low = 0;
    int high = sorted.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Number of labels. */
  int count() {
    return labels.speakers.length;
  }

  /**
   * Spearman's correlation of each predictor; NaN where labels or predictions are all the same.
   *
   * @param times how often each speaker was drawn
   * @param drawn number of utterances of them
   * @param scratch [n]
   */
  void correlations(int[] times, long drawn, double[] scratch, double[] into) {
    // Twice the ranks, about their mean: whole numbers, and the factor does not matter.
    long before = -drawn;
    double squares = 0;
    int begin = 0;
    int tied = 0;
    for (int at = 0; at < scratch.length; at++) {
      tied += times[labels.speakers[at]];
      if (labels.last[at]) {
        double rank = before + tied;
        squares += tied * rank * rank;
        before += 2L * tied;
        scratch[at] = rank;
        for (; begin < at; begin++) {
          scratch[begin] = rank;
        }
        begin = at + 1;
        tied = 0;
      }
    }
    for (int k = 0; k < predictions.length; k++) {
      into[k] =
          predictions[k].constant
              ? Double.NaN
              : correlation(predictions[k], labelAt[k], times, drawn, scratch, squares);
    }
  }

  private static double correlation(
      Column column,
      int[] labelAt,
      int[] times,
      long drawn,
      double[] labelRanks,
      double labelSquares) {
    long before = -drawn;
    double squares = 0;
    double products = 0;
    int tied = 0;
    double tiedLabels = 0;
    for (int at = 0; at < labelAt.length; at++) {
      int copies = times[column.speakers[at]];
      tied += copies;
      tiedLabels += copies * labelRanks[labelAt[at]];
      if (column.last[at]) {
        double rank = before + tied;
        squares += tied * rank * rank;
        products += rank * tiedLabels;
        before += 2L * tied;
        tied = 0;
        tiedLabels = 0;
      }
    }
    return squares > 0 && labelSquares > 0
        ? products / Math.sqrt(squares * labelSquares)
        : Double.NaN;
  }
}
