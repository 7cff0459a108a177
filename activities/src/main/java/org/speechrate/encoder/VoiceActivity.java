package org.speechrate.encoder;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Set;
import org.speechrate.pipeline.Refusal;

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

  private static final int MOST_AGGRESSIVE = 3;

  private static final Set<Integer> RATES_HZ = Set.of(8_000, 16_000, 32_000, 48_000);

  /**
   * libfvad out of the jar of its Java binding; loaded at its first use. Its functions are called
   * without the binding, which leaks the memory of every frame that it is given.
   */
  private static final class Library {
    static final NativeLibrary FVAD = load();

    private static NativeLibrary load() {
      String system = Platform.isMac() ? "macos" : "debian";
      String processor = Platform.isARM() ? "arm64" : "amd64";
      String resource =
          String.format("/%s-%s/%s", system, processor, System.mapLibraryName("libfvad-jni"));
      try {
        return NativeLibrary.getInstance(
            Native.extractFromResourcePath(resource, VoiceActivity.class.getClassLoader())
                .getAbsolutePath());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private VoiceActivity() {}

  /**
   * @throws Refusal if there is no detector for this machine
   */
  static void require() {
    try {
      call("fvad_new");
    } catch (LinkageError e) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          String.format(
              "loudness.trimSilences: there is no voice activity detector for %s on %s",
              System.getProperty("os.name"), System.getProperty("os.arch")),
          e);
    }
  }

  /** Whether the detector takes it. */
  static boolean takes(int sampleRateHz) {
    return RATES_HZ.contains(sampleRateHz);
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
    Pointer detector = call("fvad_new").invokePointer(new Object[0]);
    if (detector == null) {
      throw new IOException("no memory for a voice activity detector");
    }
    try {
      call("fvad_set_mode").invokeInt(new Object[] {detector, MOST_AGGRESSIVE});
      call("fvad_set_sample_rate").invokeInt(new Object[] {detector, sampleRateHz});
      Function process = call("fvad_process");
      for (int i = 0; i < voiced.length; i++) {
        for (int j = 0; j < length; j++) {
          double full = Math.max(-1, Math.min(1, samples[i * length + j]));
          frame[j] = (short) Math.rint(full * LARGEST_16_BIT);
        }
        voiced[i] = process.invokeInt(new Object[] {detector, frame, (long) length}) == 1;
      }
    } finally {
      call("fvad_free").invokeVoid(new Object[] {detector});
    }
    return voiced;
  }

  private static Function call(String name) {
    return Library.FVAD.getFunction(name);
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
