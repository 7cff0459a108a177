package org.speechrate.encoder;

import java.util.function.DoubleUnaryOperator;

/** Overlapping triangles on the mel scale, by which powers at frequencies are summed into bins. */
final class MelBank {
  /** Slaney's scale, which librosa uses: linear up to 1 kHz, then logarithmic. */
  private static final double SLANEY_HZ_PER_MEL = 200.0 / 3;

  private static final double SLANEY_BREAK_HZ = 1000;
  private static final double SLANEY_BREAK_MEL = SLANEY_BREAK_HZ / SLANEY_HZ_PER_MEL;
  private static final double SLANEY_LOG_STEP = Math.log(6.4) / 27;

  private static final double KALDI_LOW_HZ = 20;

  /** Of each bin, the first frequency that has a weight. */
  private final int[] first;

  private final double[][] weights;

  private MelBank(int bins) {
    first = new int[bins];
    weights = new double[bins][];
  }

  /** As librosa's: triangles over Hz between points on Slaney's scale, each of area 1. */
  static MelBank librosa(int bins, int sampleRateHz, int fftLength) {
    double highest = slaneyMel(sampleRateHz / 2.0);
    double[] corners = new double[bins + 2];
    for (int i = 0; i < corners.length; i++) {
      corners[i] = slaneyHz(highest * i / (bins + 1));
    }
    MelBank bank = new MelBank(bins);
    int frequencies = fftLength / 2 + 1;
    for (int bin = 0; bin < bins; bin++) {
      bank.triangle(
          bin,
          corners[bin],
          corners[bin + 1],
          corners[bin + 2],
          2 / (corners[bin + 2] - corners[bin]),
          frequencies,
          k -> k * sampleRateHz / fftLength);
    }
    return bank;
  }

  /** As Kaldi's: triangles over mel from 20 Hz to half the sample rate, each of height 1. */
  static MelBank kaldi(int bins, int sampleRateHz, int fftLength) {
    double low = kaldiMel(KALDI_LOW_HZ);
    double step = (kaldiMel(sampleRateHz / 2.0) - low) / (bins + 1);
    MelBank bank = new MelBank(bins);
    // Kaldi leaves the highest frequency out.
    int frequencies = fftLength / 2;
    for (int bin = 0; bin < bins; bin++) {
      bank.triangle(
          bin,
          low + bin * step,
          low + (bin + 1) * step,
          low + (bin + 2) * step,
          1,
          frequencies,
          k -> kaldiMel(k * sampleRateHz / fftLength));
    }
    return bank;
  }

  private void triangle(
      int bin,
      double left,
      double top,
      double right,
      double height,
      int frequencies,
      DoubleUnaryOperator position) {
    int from = 0;
    while (from < frequencies && position.applyAsDouble(from) <= left) {
      from++;
    }
    int to = from;
    while (to < frequencies && position.applyAsDouble(to) < right) {
      to++;
    }
    first[bin] = from;
    weights[bin] = new double[to - from];
    for (int k = from; k < to; k++) {
      double x = position.applyAsDouble(k);
      weights[bin][k - from] =
          height * Math.min((x - left) / (top - left), (right - x) / (right - top));
    }
  }

  double sum(int bin, double[] power) {
    double sum = 0;
    double[] of = weights[bin];
    for (int i = 0; i < of.length; i++) {
      sum += of[i] * power[first[bin] + i];
    }
    return sum;
  }

  private static double kaldiMel(double hz) {
    return 1127 * Math.log1p(hz / 700);
  }

  private static double slaneyMel(double hz) {
    return hz < SLANEY_BREAK_HZ
        ? hz / SLANEY_HZ_PER_MEL
        : SLANEY_BREAK_MEL + Math.log(hz / SLANEY_BREAK_HZ) / SLANEY_LOG_STEP;
  }

  private static double slaneyHz(double mel) {
    return mel < SLANEY_BREAK_MEL
        ? mel * SLANEY_HZ_PER_MEL
        : SLANEY_BREAK_HZ * Math.exp(SLANEY_LOG_STEP * (mel - SLANEY_BREAK_MEL));
  }
}
