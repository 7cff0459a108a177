package org.speechrate.training;

/**
 * The SplitMix64 generator (Steele, Lea and Flood 2014), written out so that a seed means the same
 * numbers on every Java.
 */
public final class SplitMix64 {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  /** Other words, other numbers: one stream for each purpose. */
  public SplitMix64(long seed, long... words) {
    state = seed;
    for (long word : words) {
      state = nextLong() ^ word;
    }
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** At least 0 and below 1, in steps of 2⁻²⁴, which a float holds exactly. */
  float nextFloat() {
    return (nextLong() >>> 40) * 0x1p-24f;
  }

  /** At least 0 and below the bound, each equally often. */
  public int nextInt(int bound) {
    long bits;
    long value;
    do {
      bits = nextLong() >>> 1;
      value = bits % bound;
    } while (bits - value + (bound - 1) < 0);
    return (int) value;
  }

  /** The numbers below n in an order of their own (Fisher and Yates). */
  int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
