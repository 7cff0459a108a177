package org.speechrate.encoder;

import io.github.givimad.libfvadjni.VoiceActivityDetector;
import java.io.IOException;
import java.util.Arrays;

/**
 * Cuts long silences out of a waveform, as resemblyzer does before it embeds: WebRTC's detector at
 * its most aggressive hears frames of 30 ms, a moving average smooths what it hears, and what lies
 * within three frames of speech is kept.
 */
final class VoiceActivity {
  private static final int FRAME_MILLIS = 30;

  /** Frames of the moving average: three before, the frame, four behind it. */
  private static final int AVERAGED = 8;

  private static final int AVERAGED_BEFORE = 3;

  /** Frames that are kept on both sides of speech. */
  private static final int MARGIN = 3;

  private static final double LARGEST_16_BIT = Short.MAX_VALUE;

  /** The library keeps its detectors in a table that it does not guard. */
  private static final Object LIBRARY = new Object();

  private VoiceActivity() {}

  /** Whether the detector takes it. */
  static boolean takes(int sampleRateHz) {
    return rate(sampleRateHz) != null;
  }

  private static VoiceActivityDetector.SampleRate rate(int hz) {
    return switch (hz) {
      case 8_000 -> VoiceActivityDetector.SampleRate.S8000;
      case 16_000 -> VoiceActivityDetector.SampleRate.S16000;
      case 32_000 -> VoiceActivityDetector.SampleRate.S32000;
      case 48_000 -> VoiceActivityDetector.SampleRate.S48000;
      default -> null;
    };
  }

  /**
   * @param samples full scale 1
   * @return those of whole frames that are near speech; may be none
   */
  static float[] withoutSilences(float[] samples, int sampleRateHz) throws IOException {
    int length = FRAME_MILLIS * sampleRateHz / 1000;
    boolean[] kept = nearby(smoothed(voiced(samples, length, sampleRateHz)));
    float[] rest = new float[samples.length];
    int size = 0;
    for (int i = 0; i < kept.length; i++) {
      if (kept[i]) {
        System.arraycopy(samples, i * length, rest, size, length);
        size += length;
      }
    }
    return Arrays.copyOf(rest, size);
  }

  private static boolean[] voiced(float[] samples, int length, int sampleRateHz)
      throws IOException {
    boolean[] voiced = new boolean[samples.length / length];
    short[] frame = new short[length];
    synchronized (LIBRARY) {
      VoiceActivityDetector.loadLibrary();
      try (VoiceActivityDetector detector = VoiceActivityDetector.newInstance()) {
        detector.setMode(VoiceActivityDetector.Mode.VERY_AGGRESSIVE);
        detector.setSampleRate(rate(sampleRateHz));
        for (int i = 0; i < voiced.length; i++) {
          for (int j = 0; j < length; j++) {
            double full = Math.max(-1, Math.min(1, samples[i * length + j]));
            frame[j] = (short) Math.rint(full * LARGEST_16_BIT);
          }
          voiced[i] = detector.process(frame);
        }
      }
    }
    return voiced;
  }

  /** Whether more than half of the frames around are; there are none outside. */
  static boolean[] smoothed(boolean[] voiced) {
    boolean[] smoothed = new boolean[voiced.length];
    for (int i = 0; i < voiced.length; i++) {
      int count = 0;
      for (int j = i - AVERAGED_BEFORE; j < i - AVERAGED_BEFORE + AVERAGED; j++) {
        count += j >= 0 && j < voiced.length && voiced[j] ? 1 : 0;
      }
      smoothed[i] = count > AVERAGED / 2;
    }
    return smoothed;
  }

  static boolean[] nearby(boolean[] voiced) {
    boolean[] near = new boolean[voiced.length];
    for (int i = 0; i < voiced.length; i++) {
      if (voiced[i]) {
        Arrays.fill(near, Math.max(0, i - MARGIN), Math.min(near.length, i + MARGIN + 1), true);
      }
    }
    return near;
  }
}
