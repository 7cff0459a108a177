package org.speechrate.encoder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code encoder.json}: how audio becomes an encoder's input, and its output a vector.
 *
 * @param format 1
 * @param file name of the ONNX file in the same folder
 * @param input name of the graph's input, [batch, frames, bins]
 * @param output name of the graph's output, [batch, dimension]
 * @param minimumSeconds shorter audio has no vector; also what is left of it without silences
 * @param maximumSeconds longer audio has no vector: it bounds the memory
 * @param windows what the features are cut into; empty where the graph takes them whole
 * @param unitLength whether vectors are divided by their Euclidean length
 * @param source where the ONNX file comes from
 */
public record EncoderDescriptor(
    int format,
    String name,
    String file,
    String input,
    String output,
    int dimension,
    int sampleRateHz,
    double minimumSeconds,
    double maximumSeconds,
    Loudness loudness,
    Features features,
    Optional<Windows> windows,
    boolean unitLength,
    String licence,
    String source) {

  /** Name of the file. */
  public static final String FILE = "encoder.json";

  /**
   * What is done to the waveform first.
   *
   * @param raiseToDbfs quieter audio is raised to this level; empty for none
   * @param trimSilences whether long silences are cut away, as resemblyzer does, by WebRTC's voice
   *     activity detector
   */
  public record Loudness(Optional<Double> raiseToDbfs, boolean trimSilences) {}

  /**
   * @param kind of spectrum
   * @param subtractMean whether each bin's mean over time is subtracted
   */
  public record Features(
      Kind kind, int bins, double windowMillis, double stepMillis, boolean subtractMean) {
    /** Kinds of spectra. */
    public enum Kind {
      /** Kaldi's log mel filterbank: Hamming, no dither, 16-bit scale. */
      KALDI_FBANK,
      /** librosa's mel spectrogram, as resemblyzer uses it: power, no logarithm. */
      MEL_POWER
    }
  }

  /**
   * Windows of equal length whose vectors are averaged.
   *
   * @param frames of each
   * @param perSecond how many begin in a second
   * @param minimumCoverage the last one counts where so much of it is audio
   */
  public record Windows(int frames, double perSecond, double minimumCoverage) {}

  /**
   * @throws org.speechrate.pipeline.Refusal if it is absent, or breaks a rule: one line that names
   *     file and field
   */
  public static EncoderDescriptor read(Path folder) throws IOException {
    return notYet();
  }

  /**
   * The descriptor of a family's official models, to be written beside the ONNX file.
   *
   * @param family wespeaker or ge2e
   * @param file name of the ONNX file
   * @throws org.speechrate.pipeline.Refusal for another family; names the known ones
   */
  public static EncoderDescriptor ofFamily(String family, String name, String file) {
    return notYet();
  }

  /** Writes {@code encoder.json} into the folder. */
  public void write(Path folder) throws IOException {
    java.nio.file.Files.write(folder.resolve(FILE), org.speechrate.store.Json.write(this));
  }

  private static EncoderDescriptor notYet() {
    throw new UnsupportedOperationException("not yet");
  }
}
