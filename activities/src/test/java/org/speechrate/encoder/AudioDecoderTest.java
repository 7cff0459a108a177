package org.speechrate.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.corpus.AudioHeader;
import org.speechrate.pipeline.Refusal;

class AudioDecoderTest {
  private static final Path CORPUS = Path.of("src/test/resources/corpus");

  @TempDir Path folder;

  @Test
  void keepsSixteenBitSamplesAsTheyAre() throws IOException {
    Path file =
        Sounds.wav(folder.resolve("a.wav"), 16_000, 1, (short) 0, (short) 16_384, Short.MIN_VALUE);

    assertThat(Sounds.decoded(file)).containsExactly(0, 0.5f, -1); // divided by 32,768
  }

  @Test
  void averagesChannelsAndResamples() throws IOException {
    // A sine left, nothing right: half as loud, so amplitude 0.25
    short[] left = Sounds.tone(44_100, 440, 44_100);
    short[] both = new short[2 * left.length];
    for (int i = 0; i < left.length; i++) {
      both[2 * i] = left[i];
    }

    float[] decoded = Sounds.decoded(Sounds.wav(folder.resolve("a.wav"), 44_100, 2, both));

    assertThat(decoded).hasSize(16_000);
    for (int i = 200; i < decoded.length - 200; i++) {
      assertThat(decoded[i])
          .isCloseTo((float) (0.25 * Math.sin(2 * Math.PI * 440 * i / 16_000)), within(1e-3f));
    }
  }

  @Test
  void takesAFileWhoseNameLooksLikeAnotherProtocol() throws IOException {
    Path file = folder.resolve("concat:a b %d|1.wav");

    assertThat(Sounds.decoded(Sounds.wav(file, 16_000, 1, new short[10]))).hasSize(10);
  }

  /** {@code make_audio.py} made them with real encoders, of a tone. */
  static Stream<Arguments> madeByEncoders() throws IOException {
    return Files.readAllLines(CORPUS.resolve("expected.csv")).stream()
        .skip(1)
        .map(line -> line.split(",", -1))
        .map(row -> arguments(row[0], Integer.parseInt(row[1]), Long.parseLong(row[2])));
  }

  @ParameterizedTest
  @MethodSource("madeByEncoders")
  void decodesWhatRealEncodersWrite(String name, int rate, long samples) throws IOException {
    float[] decoded = Sounds.decoded(CORPUS.resolve(name));

    double seconds = samples / (double) rate;
    assertThat(decoded.length / 16_000.0).isCloseTo(seconds, within(0.1));
    float loudest = 0;
    for (float sample : decoded) {
      loudest = Math.max(loudest, Math.abs(sample));
    }
    assertThat(loudest).isGreaterThan(0).isLessThan(0.6f); // made at 0.3 or less
  }

  @ParameterizedTest
  @MethodSource("cutOff")
  void refusesWhatIsCutOff(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Sounds.GOLDENS.resolve(name));
    Path file = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, whole.length * 2 / 3));

    assertThatThrownBy(() -> Sounds.decoded(file))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("is cut off");
  }

  static Stream<String> cutOff() {
    return Stream.of("stereo44100.mp3", "stereo48000.opus");
  }

  @Test
  void refusesAFlacThatIsCutOff() throws IOException {
    byte[] whole = Files.readAllBytes(Sounds.utterance(Sounds.FIRST));

    for (int length : new int[] {whole.length - 1, whole.length / 2, 10_000}) {
      Path file = Files.write(folder.resolve("cut.flac"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Sounds.decoded(file))
          .isInstanceOf(Refusal.class)
          .hasMessageMatching("is (cut off|damaged).*");
    }
  }

  @Test
  void refusesAFlacWithAWrongByte() throws IOException {
    byte[] wrong = Files.readAllBytes(Sounds.utterance(Sounds.FIRST));
    wrong[wrong.length / 2] ^= 0x10;
    Path file = Files.write(folder.resolve("wrong.flac"), wrong);

    assertThatThrownBy(() -> Sounds.decoded(file))
        .isInstanceOf(Refusal.class)
        .hasMessageMatching("is (cut off|damaged).*");
  }

  @Test
  void aFileThatGoesAwayIsNotDamaged() throws IOException {
    Path file = Sounds.wav(folder.resolve("a.wav"), Sounds.RATE_HZ, 1, new short[Sounds.RATE_HZ]);
    AudioHeader header = AudioHeader.read(file);
    Files.delete(file);

    assertThatThrownBy(() -> AudioDecoder.decode(file, header, Sounds.RATE_HZ))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void refusesARateTooLowForSpeech() throws IOException {
    Path file = Sounds.wav(folder.resolve("a.wav"), 100, 1, new short[50]);

    assertThatThrownBy(() -> Sounds.decoded(file))
        .isInstanceOf(Refusal.class)
        .hasMessage("has 100 samples per second, too few for speech; at least 4,000 are needed");
  }
}
