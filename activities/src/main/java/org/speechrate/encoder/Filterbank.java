package org.speechrate.encoder;

import java.util.Arrays;

/**
 * Kaldi's log mel filterbank with WeSpeaker's choices: samples on the 16-bit scale, no dither, mean
 * of each frame removed, pre-emphasis 0.97, Hamming window, powers, natural logarithm. A frame
 * begins with its first sample, and lies inside the waveform.
 *
 * <p>Computed in double precision; Kaldi's single precision is off by more than 1e-3 in very few
 * nearly silent bins of loud frames.
 */
final class Filterbank implements Spectrogram {
  private static final double SCALE = 32768;
  private static final double PRE_EMPHASIS = 0.97;

  /** Of Kaldi's energies: C's FLT_EPSILON. */
  private static final double LEAST_ENERGY = Math.ulp(1f);

  private final int window;
  private final int step;
  private final int bins;
  private final boolean subtractMean;
  private final double[] hamming;
  private final MelBank bank;
  private final PowerSpectrum spectrum;
  private final double[] frame;
  private final double[] power;

  /**
   * @param window samples of a frame
   * @param step samples from one frame to the next
   */
  Filterbank(int sampleRateHz, int window, int step, int bins, boolean subtractMean) {
    this.window = window;
    this.step = step;
    this.bins = bins;
    this.subtractMean = subtractMean;
    hamming = new double[window];
    for (int i = 0; i < window; i++) {
      hamming[i] = 0.54 - 0.46 * Math.cos(2 * Math.PI * i / (window - 1));
    }
    int fft = powerOfTwo(window);
    bank = MelBank.kaldi(bins, sampleRateHz, fft);
    spectrum = new PowerSpectrum(fft);
    frame = new double[fft];
    power = new double[fft / 2 + 1];
  }

  private static int powerOfTwo(int atLeast) {
    return atLeast <= 2 ? 2 : Integer.highestOneBit(atLeast - 1) << 1;
  }

  @Override
  public int frames(int samples) {
    return samples < window ? 0 : 1 + (samples - window) / step;
  }

  @Override
  public float[] of(float[] samples, int frames) {
    float[] rows = new float[Math.multiplyExact(frames, bins)];
    for (int t = 0; t < frames; t++) {
      cut(samples, t * step);
      spectrum.of(frame, power);
      for (int bin = 0; bin < bins; bin++) {
        rows[t * bins + bin] = (float) Math.log(Math.max(LEAST_ENERGY, bank.sum(bin, power)));
      }
    }
    if (subtractMean) {
      Spectrogram.subtractMean(rows, bins);
    }
    return rows;
  }

  private void cut(float[] samples, int from) {
    Arrays.fill(frame, 0);
    int there = Math.max(0, Math.min(window, samples.length - from));
    double sum = 0;
    for (int i = 0; i < there; i++) {
      frame[i] = SCALE * samples[from + i];
      sum += frame[i];
    }
    double mean = sum / window;
    double before = frame[0] - mean;
    for (int i = 0; i < window; i++) {
      double here = frame[i] - mean;
      frame[i] = (here - PRE_EMPHASIS * before) * hamming[i];
      before = here;
    }
  }
}
