package org.speechrate.encoder;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.Json;
import org.speechrate.table.Problems;

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

  /** How Jackson begins what it says of a field that is not there. */
  private static final String MISSING = "Missing creator property";

  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 1 << 16;
  private static final int MOST_DIMENSIONS = 1 << 16;
  private static final int LOWEST_RATE_HZ = 8_000;
  private static final int HIGHEST_RATE_HZ = 48_000;
  private static final double MOST_SECONDS = 3_600;
  private static final int MOST_BINS = 1_024;
  private static final double MOST_WINDOW_MILLIS = 200;
  private static final int MOST_WINDOW_FRAMES = 10_000;

  private static final ObjectMapper STRICT =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /**
   * What is done to the waveform first.
   *
   * @param raiseToDbfs quieter audio is raised to this level; empty for none
   * @param trimSilences whether long silences are cut away, as resemblyzer does, by WebRTC's voice
   *     activity detector
   */
  public record Loudness(Optional<Double> raiseToDbfs, boolean trimSilences) {
    public Loudness {
      raiseToDbfs.ifPresent(level -> between("loudness.raiseToDbfs", level, -100, 0));
    }
  }

  /**
   * @param kind of spectrum
   * @param subtractMean whether each bin's mean over time is subtracted
   */
  public record Features(
      Kind kind, int bins, double windowMillis, double stepMillis, boolean subtractMean) {
    public Features {
      between("features.bins", bins, 1, MOST_BINS);
      between("features.windowMillis", windowMillis, 1, MOST_WINDOW_MILLIS);
      between("features.stepMillis", stepMillis, 1, MOST_WINDOW_MILLIS);
    }

    /** Kinds of spectra. */
    public enum Kind {
      /** Kaldi's log mel filterbank: Hamming, no dither, 16-bit scale. */
      @JsonProperty("kaldi-fbank")
      KALDI_FBANK,
      /** librosa's mel spectrogram, as resemblyzer uses it: power, no logarithm. */
      @JsonProperty("mel-power")
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
  public record Windows(int frames, double perSecond, double minimumCoverage) {
    public Windows {
      between("windows.frames", frames, 1, MOST_WINDOW_FRAMES);
      between("windows.perSecond", perSecond, 0.01, 100);
      between("windows.minimumCoverage", minimumCoverage, 0.01, 1);
    }
  }

  public EncoderDescriptor {
    if (format != FORMAT) {
      throw refusal("format", "must be 1, got " + format);
    }
    between("dimension", dimension, 1, MOST_DIMENSIONS);
    between("sampleRateHz", sampleRateHz, LOWEST_RATE_HZ, HIGHEST_RATE_HZ);
    between("maximumSeconds", maximumSeconds, 0.01, MOST_SECONDS);
    between("minimumSeconds", minimumSeconds, 0.01, maximumSeconds);
    if (!file.matches("[^/\\\\\\p{Cntrl}]{1,200}\\.onnx")) {
      throw refusal(
          "file",
          "must be the name of a file in the same folder that ends in .onnx, got \""
              + Problems.value(file)
              + '"');
    }
    if (name.isBlank() || input.isBlank() || output.isBlank()) {
      throw refusal("name, input, output", "must not be empty");
    }
    if (loudness.trimSilences() && !VoiceActivity.takes(sampleRateHz)) {
      throw refusal(
          "loudness.trimSilences",
          "works at 8000, 16000, 32000 and 48000 samples per second, sampleRateHz is "
              + sampleRateHz);
    }
    if (samples(features.windowMillis(), sampleRateHz) % 2 != 0) {
      throw refusal("features.windowMillis", "must be an even number of samples at sampleRateHz");
    }
    if (windows.isPresent()) {
      long step =
          stepFrames(windows.get(), samples(features.stepMillis(), sampleRateHz), sampleRateHz);
      if (step < 1 || step > windows.get().frames()) {
        throw refusal(
            "windows.perSecond",
            String.format(
                Locale.ROOT,
                "must make a window begin each 1 to %d frames, not each %d",
                windows.get().frames(),
                step));
      }
    }
  }

  /**
   * @throws Refusal if it is absent, or breaks a rule: one line that names file and field
   */
  public static EncoderDescriptor read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    try {
      return parse(bytes(file));
    } catch (Refusal refusal) {
      throw new Refusal(refusal.kind(), file + ": " + refusal.getMessage(), refusal);
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new Refusal(Refusal.Kind.BAD_FORMAT, "is too large for a descriptor");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          "does not exist; speechrate encoders add writes one beside an ONNX file",
          e);
    }
  }

  /**
   * @throws Refusal if it breaks a rule; the message begins with the field
   */
  static EncoderDescriptor parse(byte[] json) throws IOException {
    try {
      EncoderDescriptor read = STRICT.readValue(json, EncoderDescriptor.class);
      if (read == null) {
        throw new Refusal(Refusal.Kind.BAD_FORMAT, "must be a JSON object, is null");
      }
      return read;
    } catch (UnrecognizedPropertyException e) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format(
              "\"%s\" is no field; there are %s",
              Problems.value(e.getPropertyName()),
              e.getKnownPropertyIds().stream()
                  .map(Object::toString)
                  .sorted()
                  .collect(Collectors.joining(", "))),
          e);
    } catch (JsonMappingException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof Refusal refusal) {
          throw refusal;
        }
      }
      String field =
          e.getPath().stream()
              .map(JsonMappingException.Reference::getFieldName)
              .collect(Collectors.joining("."));
      String told =
          e.getOriginalMessage().startsWith(MISSING)
              ? field + " is missing"
              : field + ": " + firstLine(e);
      throw new Refusal(Refusal.Kind.BAD_FORMAT, told.replaceFirst("^: ", ""), e);
    } catch (JsonProcessingException e) {
      throw new Refusal(Refusal.Kind.BAD_FORMAT, "is no JSON: " + firstLine(e), e);
    } catch (IOException e) {
      // Bytes that are no characters: nothing else is read here.
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine("is no JSON: " + e.getMessage().replaceFirst("\\)$", "")),
          e);
    }
  }

  private static String firstLine(JsonProcessingException e) {
    return Problems.oneLine(e.getOriginalMessage().lines().findFirst().orElse("cannot be read"));
  }

  /** Writes {@code encoder.json} into the folder. */
  public void write(Path folder) throws IOException {
    Files.write(folder.resolve(FILE), Json.write(this));
  }

  /**
   * The descriptor of a family's official models, to be written beside the ONNX file.
   *
   * @param family wespeaker or ge2e
   * @param file name of the ONNX file
   * @throws Refusal for another family; names the known ones
   */
  public static EncoderDescriptor ofFamily(String family, String name, String file) {
    return switch (family) {
      case "wespeaker" ->
          new EncoderDescriptor(
              FORMAT,
              name,
              file,
              "feats",
              "embs",
              256,
              16_000,
              0.25,
              120,
              new Loudness(Optional.empty(), false),
              new Features(Features.Kind.KALDI_FBANK, 80, 25, 10, true),
              Optional.empty(),
              false,
              "not told: see where the ONNX file comes from",
              "WeSpeaker");
      case "ge2e" ->
          new EncoderDescriptor(
              FORMAT,
              name,
              file,
              "mels",
              "embeds",
              256,
              16_000,
              0.25,
              600,
              new Loudness(Optional.of(-30.0), true),
              new Features(Features.Kind.MEL_POWER, 40, 25, 10, false),
              Optional.of(new Windows(160, 1.3, 0.75)),
              true,
              "Apache-2.0",
              "Resemblyzer 0.1.4, Copyright 2019 Resemble.AI");
      default ->
          throw new Refusal(
              Refusal.Kind.BAD_VALUE,
              String.format(
                  "no family \"%s\"; there are ge2e and wespeaker", Problems.value(family)));
    };
  }

  /** How many there are in so many milliseconds. */
  int samples(double millis) {
    return samples(millis, sampleRateHz);
  }

  private static int samples(double millis, int sampleRateHz) {
    return (int) (sampleRateHz * millis / 1000);
  }

  /** Frames from one window's begin to the next one's. */
  int windowStep() {
    return (int) stepFrames(windows.orElseThrow(), samples(features.stepMillis()), sampleRateHz);
  }

  private static long stepFrames(Windows windows, int stepSamples, int sampleRateHz) {
    return (long) Math.rint(sampleRateHz / windows.perSecond() / stepSamples);
  }

  private static void between(String field, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw refusal(
          field,
          String.format("must be %s to %s, got %s", plain(least), plain(most), plain(value)));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static Refusal refusal(String field, String rule) {
    return new Refusal(Refusal.Kind.BAD_VALUE, field + " " + rule);
  }
}
