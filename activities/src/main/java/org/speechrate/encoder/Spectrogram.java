package org.speechrate.encoder;

/** What an encoder hears of a waveform: a row of bins for each frame of time. */
interface Spectrogram {
  /** Frames of so many samples, where nothing is added behind them. */
  int frames(int samples);

  /**
   * Not for several threads at once.
   *
   * @param samples of the waveform, full scale 1; silence behind them
   * @param frames how many are wanted
   * @return [frames, bins]
   */
  float[] of(float[] samples, int frames);

  static Spectrogram of(EncoderDescriptor descriptor) {
    EncoderDescriptor.Features features = descriptor.features();
    int window = descriptor.samples(features.windowMillis());
    int step = descriptor.samples(features.stepMillis());
    return switch (features.kind()) {
      case KALDI_FBANK ->
          new Filterbank(
              descriptor.sampleRateHz(), window, step, features.bins(), features.subtractMean());
      case MEL_POWER ->
          new MelSpectrogram(
              descriptor.sampleRateHz(), window, step, features.bins(), features.subtractMean());
    };
  }

  /** Subtracts from each bin its mean over time. */
  static void subtractMean(float[] rows, int bins) {
    int frames = rows.length / bins;
    for (int bin = 0; bin < bins; bin++) {
      double sum = 0;
      for (int i = bin; i < rows.length; i += bins) {
        sum += rows[i];
      }
      float mean = (float) (sum / frames);
      for (int i = bin; i < rows.length; i += bins) {
        rows[i] -= mean;
      }
    }
  }
}
