package org.speechrate.dataset;

import java.util.Arrays;
import java.util.Random;
import org.speechrate.table.Splits;

/**
 * The labels of a control task: within each split they change places, so that there is nothing to
 * learn, but the labels are the same ones. 8 bytes a sample.
 */
final class ShuffledLabels {
  private final double[][] cps = new double[Splits.NAMES.size()][0];
  private final int[] counts = new int[Splits.NAMES.size()];
  private final int[] next = new int[Splits.NAMES.size()];

  void add(Sample sample) {
    int split = Splits.NAMES.indexOf(sample.split());
    if (counts[split] == cps[split].length) {
      cps[split] = Arrays.copyOf(cps[split], Math.max(1024, counts[split] + counts[split] / 2));
    }
    cps[split][counts[split]++] = sample.target();
  }

  /** By Fisher and Yates. */
  void shuffle(long seed) {
    Random random = new Random(seed);
    for (int split = 0; split < cps.length; split++) {
      for (int i = counts[split] - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        double kept = cps[split][i];
        cps[split][i] = cps[split][j];
        cps[split][j] = kept;
      }
    }
  }

  /** The label of the split's next sample, as a decimal. */
  String next(String split) {
    int index = Splits.NAMES.indexOf(split);
    return Double.toString(cps[index][next[index]++]);
  }
}
