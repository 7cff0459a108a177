package org.speechrate.encoder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import org.speechrate.corpus.AudioHeader;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.Json;

/**
 * A speaker encoder: an ONNX file and its {@link EncoderDescriptor}, which tells how audio becomes
 * the graph's input. May be used by several threads at once, each with an utterance of its own;
 * that is how it is fast, since an utterance is computed by one thread.
 */
public final class UtteranceEncoder implements AutoCloseable {
  /** To be raised when what this package makes of the same audio changes. */
  private static final String VERSION = "1";

  /** Windows that go through the graph at once: more are no faster, and take memory. */
  private static final int BATCH = 32;

  /** A 16-bit recording of nothing but its last bit's noise lies below. */
  private static final double SILENT_DBFS = -80;

  private final EncoderDescriptor descriptor;
  private final String identity;
  private final OnnxGraph graph;
  private final ThreadLocal<Spectrogram> spectrogram;

  private UtteranceEncoder(EncoderDescriptor descriptor, String identity, OnnxGraph graph) {
    this.descriptor = descriptor;
    this.identity = identity;
    this.graph = graph;
    this.spectrogram = ThreadLocal.withInitial(() -> Spectrogram.of(descriptor));
  }

  /**
   * @param folder with {@code encoder.json} and the ONNX file that it names
   * @param gpu whether to compute on the first GPU
   * @throws Refusal if the descriptor breaks a rule, the file is no ONNX graph, its inputs,
   *     outputs, shapes or dimension are others than the descriptor's, or a GPU is asked for and
   *     none is usable: one line that names the file
   */
  public static UtteranceEncoder open(Path folder, boolean gpu) throws IOException {
    EncoderDescriptor descriptor = EncoderDescriptor.read(folder);
    if (descriptor.loudness().trimSilences()) {
      VoiceActivity.require();
    }
    String identity = identity(folder, descriptor);
    return new UtteranceEncoder(descriptor, identity, OnnxGraph.open(folder, descriptor, gpu));
  }

  /**
   * What decides an encoder's vectors, without starting the engine: SHA-256 (64 hexadecimal digits)
   * of the ONNX file, the descriptor, and the version of the code that decodes and makes features.
   *
   * @throws Refusal if the descriptor breaks a rule, or a file is not there
   */
  public static String identity(Path folder) throws IOException {
    return identity(folder, EncoderDescriptor.read(folder));
  }

  private static String identity(Path folder, EncoderDescriptor descriptor) throws IOException {
    MessageDigest sha256 = Json.sha256();
    sha256.update(VERSION.getBytes(StandardCharsets.UTF_8));
    sha256.update(Json.write(descriptor));
    Path file = folder.resolve(descriptor.file());
    try (InputStream in = Files.newInputStream(file);
        DigestOutputStream digest =
            new DigestOutputStream(java.io.OutputStream.nullOutputStream(), sha256)) {
      in.transferTo(digest);
    } catch (NoSuchFileException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: does not exist, %s names it", file, EncoderDescriptor.FILE),
          e);
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  /** The same of this one. */
  public String identity() {
    return identity;
  }

  public EncoderDescriptor descriptor() {
    return descriptor;
  }

  /** Such as "mels [batch, 160, 40] → embeds [batch, 256], OnnxRuntime 1.21.1 on cpu". */
  public String describe() {
    return graph.describe();
  }

  /**
   * Memory is that of one utterance, at most {@link EncoderDescriptor#maximumSeconds}.
   *
   * @return missing where the utterance is silent, or too short or too long for this encoder;
   *     damaged where the file is no audio, is cut off or damaged
   * @throws Refusal if the graph does not take the utterance
   * @throws IOException if the file is gone or cannot be read; may be better next time
   */
  public Encoding encode(Path audio) throws IOException {
    double seconds;
    float[] decoded;
    try {
      AudioHeader header = AudioHeader.read(audio);
      seconds = header.seconds();
      if (seconds < descriptor.minimumSeconds()) {
        return missing(
            seconds,
            "lasts %.2f s, this encoder needs at least %.2f s",
            seconds,
            descriptor.minimumSeconds());
      }
      if (seconds > descriptor.maximumSeconds()) {
        return missing(
            seconds,
            "lasts %,.0f s, this encoder takes at most %,.0f s; cut it at pauses",
            seconds,
            descriptor.maximumSeconds());
      }
      decoded = AudioDecoder.decode(audio, header, descriptor.sampleRateHz());
    } catch (Refusal e) {
      return new Encoding.Damaged(e.getMessage());
    }
    return encode(decoded, seconds);
  }

  private Encoding encode(float[] decoded, double seconds) throws IOException {
    double level = dbfs(decoded);
    if (!(level > SILENT_DBFS)) {
      return missing(
          seconds, Double.isNaN(level) ? "holds samples that are no numbers" : "is silent");
    }
    float[] samples = loud(decoded, level);
    if (descriptor.loudness().trimSilences()) {
      samples = VoiceActivity.withoutSilences(samples, descriptor.sampleRateHz());
    }
    double heard = samples.length / (double) descriptor.sampleRateHz();
    if (heard < descriptor.minimumSeconds()) {
      return missing(
          seconds,
          "holds %.2f s of speech, this encoder needs at least %.2f s",
          heard,
          descriptor.minimumSeconds());
    }
    float[] vector =
        descriptor.windows().isPresent()
            ? averaged(samples, descriptor.windows().get())
            : whole(samples);
    if (descriptor.unitLength()) {
      toUnitLength(vector);
    }
    for (float value : vector) {
      if (!Float.isFinite(value)) {
        return missing(seconds, "gets no finite vector from this encoder");
      }
    }
    return new Encoding.Vector(vector, seconds);
  }

  /** Of the root of the mean square; NaN where a sample is. */
  private static double dbfs(float[] samples) {
    double squares = 0;
    for (float sample : samples) {
      squares += (double) sample * sample;
    }
    return 10 * Math.log10(squares / Math.max(1, samples.length));
  }

  private float[] loud(float[] samples, double level) {
    double raise = descriptor.loudness().raiseToDbfs().orElse(level) - level;
    if (raise > 0) {
      float factor = (float) Math.pow(10, raise / 20);
      for (int i = 0; i < samples.length; i++) {
        samples[i] *= factor;
      }
    }
    return samples;
  }

  private float[] whole(float[] samples) {
    Spectrogram of = spectrogram.get();
    int frames = Math.max(1, of.frames(samples.length));
    return graph.run(of.of(samples, frames), 1, frames)[0];
  }

  /** Windows that begin in equal steps, the last of which may hang over the end, into silence. */
  private float[] averaged(float[] samples, EncoderDescriptor.Windows windows) {
    int stepSamples = descriptor.samples(descriptor.features().stepMillis());
    int count = count(samples.length, stepSamples, windows);
    int step = descriptor.windowStep();
    int bins = descriptor.features().bins();
    float[] rows = spectrogram.get().of(samples, (count - 1) * step + windows.frames());
    double[] sum = new double[descriptor.dimension()];
    float[] batch = new float[Math.min(count, BATCH) * windows.frames() * bins];
    for (int from = 0; from < count; from += BATCH) {
      int here = Math.min(BATCH, count - from);
      for (int i = 0; i < here; i++) {
        System.arraycopy(
            rows,
            (from + i) * step * bins,
            batch,
            i * windows.frames() * bins,
            windows.frames() * bins);
      }
      for (float[] vector : graph.run(batch, here, windows.frames())) {
        for (int j = 0; j < sum.length; j++) {
          sum[j] += vector[j];
        }
      }
    }
    float[] mean = new float[sum.length];
    for (int j = 0; j < mean.length; j++) {
      mean[j] = (float) (sum[j] / count);
    }
    return mean;
  }

  /** At least one, however short the audio is. */
  private int count(int samples, int stepSamples, EncoderDescriptor.Windows windows) {
    int step = descriptor.windowStep();
    int frames = (samples + stepSamples) / stepSamples;
    int begins = Math.max(1, frames - windows.frames() + step + 1);
    int count = (begins + step - 1) / step;
    double covered = samples - (double) (count - 1) * step * stepSamples;
    boolean dropped =
        count > 1 && covered / (windows.frames() * stepSamples) < windows.minimumCoverage();
    return dropped ? count - 1 : count;
  }

  private static void toUnitLength(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    // Of length 0 it becomes NaN, and so has no vector.
    float length = (float) Math.sqrt(squares);
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= length;
    }
  }

  private static Encoding missing(double seconds, String reason, Object... arguments) {
    return new Encoding.Missing(String.format(Locale.ROOT, reason, arguments), seconds);
  }

  @Override
  public void close() {
    graph.close();
  }
}
