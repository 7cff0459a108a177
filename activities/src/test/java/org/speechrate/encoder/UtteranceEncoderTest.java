package org.speechrate.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.Refusal;

class UtteranceEncoderTest {
  private static UtteranceEncoder ge2e;
  private static UtteranceEncoder shaped;

  @TempDir Path folder;

  @BeforeAll
  static void open() throws IOException {
    ge2e = UtteranceEncoder.open(Sounds.GE2E, false);
    shaped = UtteranceEncoder.open(Sounds.SHAPED, false);
  }

  @AfterAll
  static void close() {
    ge2e.close();
    shaped.close();
  }

  private static float[] vector(UtteranceEncoder encoder, Path audio) throws IOException {
    Encoding encoding = encoder.encode(audio);
    assertThat(encoding).isInstanceOf(Encoding.Vector.class);
    return ((Encoding.Vector) encoding).values();
  }

  private static void assertMissing(UtteranceEncoder encoder, Path audio, String reason)
      throws IOException {
    Encoding encoding = encoder.encode(audio);
    assertThat(encoding).isInstanceOf(Encoding.Missing.class);
    assertThat(((Encoding.Missing) encoding).reason()).isEqualTo(reason);
  }

  @Test
  void ge2eIsResemblyzers() throws IOException {
    float[][] resemblyzers = Sounds.golden("ge2e.npy");

    for (int i = 0; i < 2; i++) {
      float[] ours = vector(ge2e, Sounds.utterance(i == 0 ? Sounds.FIRST : Sounds.SECOND));
      assertThat(Sounds.cosine(ours, resemblyzers[i])).isGreaterThan(0.999999);
      assertThat(Sounds.largestDifference(ours, List.of(resemblyzers[i]))).isLessThan(1e-5f);
    }
  }

  @Test
  void ge2eIsResemblyzersWhereThereAreSilencesAndLittleVolume() throws IOException {
    short[] first = Sounds.samples16(Sounds.utterance(Sounds.FIRST));
    short[] second = Sounds.samples16(Sounds.utterance(Sounds.SECOND));
    short[] joined = Arrays.copyOf(first, first.length + 2 * Sounds.RATE_HZ + second.length);
    System.arraycopy(second, 0, joined, joined.length - second.length, second.length);
    for (int i = 0; i < joined.length; i++) {
      joined[i] >>= 3;
    }

    float[] ours = vector(ge2e, Sounds.wav(folder.resolve("a.wav"), Sounds.RATE_HZ, 1, joined));

    assertThat(Sounds.cosine(ours, Sounds.golden("ge2e.npy")[2])).isGreaterThan(0.999999);
  }

  @Test
  void aGraphOfWeSpeakersShapeGetsKaldisFeaturesWithoutTheirMean() throws IOException {
    float[] ours = vector(shaped, Sounds.utterance(Sounds.FIRST));

    assertThat(Sounds.largestDifference(ours, List.of(Sounds.golden("shaped.npy")[0])))
        .isLessThan(1e-3f);
  }

  @ParameterizedTest
  @CsvSource({"stereo44100.mp3, 0.98", "stereo48000.opus, 0.95"})
  void otherFormatsRatesAndChannelsGiveNearlyTheSame(String name, double atLeast)
      throws IOException {
    float[] ours = vector(ge2e, Sounds.GOLDENS.resolve(name));

    assertThat(Sounds.cosine(ours, Sounds.golden("ge2e.npy")[0])).isGreaterThan(atLeast);
  }

  @Test
  void severalThreadsGiveTheBitsOfOne() throws Exception {
    Path audio = Sounds.utterance(Sounds.FIRST);
    float[] alone = vector(ge2e, audio);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<float[]>> together = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        together.add(threads.submit(() -> vector(ge2e, audio)));
      }
      for (Future<float[]> each : together) {
        assertThat(each.get()).isEqualTo(alone);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void manyWindowsAreAveragedOverSeveralBatches() throws IOException {
    // 60 s of the same: 78 windows, more than go through at once
    short[] once = Sounds.samples16(Sounds.utterance(Sounds.FIRST));
    short[] minute = new short[60 * Sounds.RATE_HZ];
    for (int i = 0; i < minute.length; i++) {
      minute[i] = once[i % once.length];
    }
    Path file = Sounds.wav(folder.resolve("a.wav"), Sounds.RATE_HZ, 1, minute);

    assertThat(Sounds.cosine(vector(ge2e, file), Sounds.golden("ge2e.npy")[0])).isGreaterThan(0.95);
  }

  @Test
  void silenceIsMissing() throws IOException {
    short[] noise = new short[Sounds.RATE_HZ];
    for (int i = 0; i < noise.length; i += 2) {
      noise[i] = 1; // the last bit alone
    }
    Path zeros = Sounds.wav(folder.resolve("a.wav"), Sounds.RATE_HZ, 1, new short[16_000]);
    Path lastBit = Sounds.wav(folder.resolve("b.wav"), Sounds.RATE_HZ, 1, noise);

    for (UtteranceEncoder encoder : List.of(ge2e, shaped)) {
      assertMissing(encoder, zeros, "is silent");
      assertMissing(encoder, lastBit, "is silent");
    }
  }

  @Test
  void tooShortAndTooLongAreMissing() throws IOException {
    Path tenth = Sounds.wav(folder.resolve("a.wav"), Sounds.RATE_HZ, 1, new short[1_600]);
    Path none = Sounds.wav(folder.resolve("b.wav"), Sounds.RATE_HZ, 1);
    Path long8 = Sounds.wav(folder.resolve("c.wav"), 8_000, 1, new short[8_000 * 121]);

    assertMissing(ge2e, tenth, "lasts 0.10 s, this encoder needs at least 0.25 s");
    assertMissing(shaped, none, "lasts 0.00 s, this encoder needs at least 0.25 s");
    assertMissing(shaped, long8, "lasts 121 s, this encoder takes at most 120 s; cut it at pauses");
  }

  @Test
  void whatHasNoSpeechIsMissing() throws IOException {
    short[] clicks = new short[2 * Sounds.RATE_HZ];
    for (int i = 0; i < clicks.length; i += 8_000) {
      clicks[i] = Short.MAX_VALUE;
    }
    Path file = Sounds.wav(folder.resolve("a.wav"), Sounds.RATE_HZ, 1, clicks);

    assertMissing(ge2e, file, "holds 0.00 s of speech, this encoder needs at least 0.25 s");
  }

  @Test
  void whatIsNoAudioIsDamagedAndWhatIsGoneIsNot() throws IOException {
    Path text = Files.writeString(folder.resolve("a.flac"), "not audio at all");

    assertThat(ge2e.encode(text))
        .isEqualTo(
            new Encoding.Damaged(
                "is neither FLAC, WAV, MP3, Ogg Vorbis nor Ogg Opus: it begins with 6e6f7420"));
    assertThatThrownBy(() -> ge2e.encode(folder.resolve("gone.flac")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void identityIsOfTheGraphAndTheDescriptor() throws IOException {
    assertThat(ge2e.identity())
        .matches("[0-9a-f]{64}")
        .isEqualTo(UtteranceEncoder.identity(Sounds.GE2E));
    Path graph = Files.write(folder.resolve("ge2e.onnx"), new byte[] {1});
    EncoderDescriptor.ofFamily("ge2e", "ge2e", "ge2e.onnx").write(folder);
    String one = UtteranceEncoder.identity(folder);
    Files.write(graph, new byte[] {2});
    String two = UtteranceEncoder.identity(folder);
    EncoderDescriptor.ofFamily("ge2e", "other", "ge2e.onnx").write(folder);

    assertThat(List.of(one, two, UtteranceEncoder.identity(folder))).doesNotHaveDuplicates();
  }

  @Test
  void describesItself() {
    assertThat(ge2e.describe())
        .isEqualTo("mels [batch, 160, 40] → embeds [batch, 256], OnnxRuntime 1.21.1 on cpu");
    assertThat(shaped.describe()).startsWith("feats [batch, frames, 80] → embs [batch, 256]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "input" : "feats"  | "input" : "x"     | has the inputs feats, encoder.json tells input x
          "output" : "embs"  | "output" : "y"    | has the outputs embs, encoder.json tells output y
          "dimension" : 256  | "dimension" : 192 | gives [1, 256] of float32 as its output embs, by dimension of encoder.json it must be [1, 192] of float32
          "bins" : 80        | "bins" : 40       | cannot take [1, 100, 40] as its input feats: Error code - ORT_INVALID_ARGUMENT
          """)
  void aGraphThatIsAnotherThanTheDescriptorTellsIsRefused(String right, String wrong, String line)
      throws IOException {
    Files.copy(Sounds.SHAPED.resolve("shaped.onnx"), folder.resolve("shaped.onnx"));
    String json = Files.readString(Sounds.SHAPED.resolve(EncoderDescriptor.FILE));
    assertThat(json).contains(right);
    Files.writeString(folder.resolve(EncoderDescriptor.FILE), json.replace(right, wrong));

    assertThatThrownBy(() -> UtteranceEncoder.open(folder, false))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(folder.resolve("shaped.onnx") + ": " + line)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "this is no graph", "\b\b"})
  void whatIsNoGraphIsRefused(String content) throws IOException {
    EncoderDescriptor.ofFamily("wespeaker", "mine", "a.onnx").write(folder);
    Files.writeString(folder.resolve("a.onnx"), content);

    assertThatThrownBy(() -> UtteranceEncoder.open(folder, false))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(folder.resolve("a.onnx") + ": cannot be loaded as an ONNX graph: ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void anAbsentGraphIsRefused() throws IOException {
    EncoderDescriptor.ofFamily("wespeaker", "mine", "a.onnx").write(folder);

    assertThatThrownBy(() -> UtteranceEncoder.open(folder, false))
        .isInstanceOf(Refusal.class)
        .hasMessage(folder.resolve("a.onnx") + ": does not exist, encoder.json names it");
  }

  @Test
  void aGpuThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> UtteranceEncoder.open(Sounds.SHAPED, true))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("this ONNX Runtime has no CUDA");
  }
}
