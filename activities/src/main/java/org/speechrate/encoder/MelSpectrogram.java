package org.speechrate.encoder;

/**
 * librosa's mel spectrogram as resemblyzer takes it: powers, no logarithm, Hann window. A frame has
 * its sample in its middle, so the first one begins before the waveform, in silence.
 */
final class MelSpectrogram implements Spectrogram {
  private final int window;
  private final int step;
  private final int bins;
  private final boolean subtractMean;
  private final double[] hann;
  private final MelBank bank;
  private final PowerSpectrum spectrum;
  private final double[] frame;
  private final double[] power;

  /**
   * @param window samples of a frame; even
   * @param step samples from one frame to the next
   */
  MelSpectrogram(int sampleRateHz, int window, int step, int bins, boolean subtractMean) {
    this.window = window;
    this.step = step;
    this.bins = bins;
    this.subtractMean = subtractMean;
    hann = new double[window];
    for (int i = 0; i < window; i++) {
      hann[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / window);
    }
    bank = MelBank.librosa(bins, sampleRateHz, window);
    spectrum = new PowerSpectrum(window);
    frame = new double[window];
    power = new double[window / 2 + 1];
  }

  @Override
  public int frames(int samples) {
    return 1 + samples / step;
  }

  @Override
  public float[] of(float[] samples, int frames) {
    float[] rows = new float[Math.multiplyExact(frames, bins)];
    for (int t = 0; t < frames; t++) {
      int from = t * step - window / 2;
      for (int i = 0; i < window; i++) {
        int at = from + i;
        frame[i] = at < 0 || at >= samples.length ? 0 : hann[i] * samples[at];
      }
      spectrum.of(frame, power);
      for (int bin = 0; bin < bins; bin++) {
        rows[t * bins + bin] = (float) bank.sum(bin, power);
      }
    }
    if (subtractMean) {
      Spectrogram.subtractMean(rows, bins);
    }
    return rows;
  }
}
