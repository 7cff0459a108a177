package org.speechrate.encoder;

import java.util.ArrayList;
import java.util.List;

/**
 * Power at the frequencies 0 to half the sample rate of a frame of real samples. A fast Fourier
 * transform of any even length whose factors are small: librosa takes 400 samples, which the
 * libraries at hand, made for powers of two, do not. Not for several threads at once.
 */
final class PowerSpectrum {
  private final int half;
  private final int[] factors;
  private final double[] cos;
  private final double[] sin;
  private double[] real;
  private double[] imaginary;
  private double[] nextReal;
  private double[] nextImaginary;

  /**
   * @param length of a frame; even
   */
  PowerSpectrum(int length) {
    half = length / 2;
    factors = factors(half);
    cos = new double[length];
    sin = new double[length];
    for (int i = 0; i < length; i++) {
      cos[i] = Math.cos(2 * Math.PI * i / length);
      sin[i] = -Math.sin(2 * Math.PI * i / length);
    }
    real = new double[half];
    imaginary = new double[half];
    nextReal = new double[half];
    nextImaginary = new double[half];
  }

  private static int[] factors(int number) {
    List<Integer> factors = new ArrayList<>();
    int rest = number;
    for (int factor = 2; rest > 1; factor++) {
      while (rest % factor == 0) {
        factors.add(factor);
        rest /= factor;
      }
    }
    return factors.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * @param frame of the length
   * @param power length / 2 + 1 values, which are overwritten
   */
  void of(double[] frame, double[] power) {
    // Even samples as real parts and odd ones as imaginary parts make it half as long.
    for (int i = 0; i < half; i++) {
      real[i] = frame[2 * i];
      imaginary[i] = frame[2 * i + 1];
    }
    transform();
    for (int k = 0; k <= half; k++) {
      int at = k % half;
      int mirror = (half - k) % half;
      double evenReal = (real[at] + real[mirror]) / 2;
      double evenImaginary = (imaginary[at] - imaginary[mirror]) / 2;
      double oddReal = (imaginary[at] + imaginary[mirror]) / 2;
      double oddImaginary = (real[mirror] - real[at]) / 2;
      double x = evenReal + cos[k] * oddReal - sin[k] * oddImaginary;
      double y = evenImaginary + cos[k] * oddImaginary + sin[k] * oddReal;
      power[k] = x * x + y * y;
    }
  }

  /** Stockham's: a pass for each factor, from one pair of arrays into the other. */
  private void transform() {
    int rest = half;
    int stride = 1;
    for (int factor : factors) {
      rest /= factor;
      for (int p = 0; p < rest; p++) {
        for (int k = 0; k < factor; k++) {
          butterfly(factor, rest, stride, p, k);
        }
      }
      stride *= factor;
      double[] swapped = real;
      real = nextReal;
      nextReal = swapped;
      swapped = imaginary;
      imaginary = nextImaginary;
      nextImaginary = swapped;
    }
  }

  private void butterfly(int factor, int rest, int stride, int p, int k) {
    int to = stride * (factor * p + k);
    for (int j = 0; j < factor; j++) {
      // The root of order half is every second one of order length.
      int turn = 2 * ((p * k * stride + j * k % factor * (half / factor)) % half);
      double c = cos[turn];
      double s = sin[turn];
      int from = stride * (p + rest * j);
      if (j == 0) {
        for (int q = 0; q < stride; q++) {
          nextReal[to + q] = c * real[from + q] - s * imaginary[from + q];
          nextImaginary[to + q] = c * imaginary[from + q] + s * real[from + q];
        }
      } else {
        for (int q = 0; q < stride; q++) {
          nextReal[to + q] += c * real[from + q] - s * imaginary[from + q];
          nextImaginary[to + q] += c * imaginary[from + q] + s * real[from + q];
        }
      }
    }
  }
}
