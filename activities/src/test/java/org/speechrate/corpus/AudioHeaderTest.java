package org.speechrate.corpus;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.Refusal;

class AudioHeaderTest {
  private static final Path AUDIO = Path.of("src/test/resources/corpus");

  @TempDir Path folder;

  private AudioHeader read(byte[] content) throws IOException {
    return AudioHeader.read(Files.write(folder.resolve("a.flac"), content));
  }

  @Test
  void tellsSamplesRateAndSeconds() throws IOException {
    AudioHeader header = read(Flac.of(16_000, 40_000));

    assertThat(header.sampleRateHz()).isEqualTo(16_000);
    assertThat(header.totalSamples()).isEqualTo(40_000);
    assertThat(header.seconds()).isEqualTo(2.5); // 40,000 / 16,000
  }

  @Test
  void readsAll36BitsOfTheSamplesAndAll20OfTheRate() throws IOException {
    AudioHeader header = read(Flac.of(655_350, 0xFFFFFFFFFL));

    assertThat(header.sampleRateHz()).isEqualTo(655_350);
    assertThat(header.totalSamples()).isEqualTo(68_719_476_735L); // 2^36 - 1
  }

  @Test
  void roundsToMillisecondsHalfToEven() throws IOException {
    // 40,008 / 16,000 = 2.5005, between 2.500 and 2.501: the even one is 2.500
    assertThat(read(Flac.of(16_000, 40_008)).secondsByMillis()).isEqualTo(2.5);
    // 40,024 / 16,000 = 2.5015: the even one is 2.502
    assertThat(read(Flac.of(16_000, 40_024)).secondsByMillis()).isEqualTo(2.502);
    assertThat(read(Flac.of(16_000, 40_009)).secondsByMillis()).isEqualTo(2.501);
  }

  @Test
  void skipsAnId3TagBeforeTheFile() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    // Size 1 × 128 + 2 = 130, in four bytes of seven bits
    file.write(new byte[] {'I', 'D', '3', 4, 0, 0, 0, 0, 1, 2});
    file.write(new byte[130]);
    file.write(Flac.of(8_000, 12_000));

    assertThat(read(file.toByteArray()).seconds()).isEqualTo(1.5);
  }

  /** {@code make_audio.py} made them with real encoders. */
  static Stream<Arguments> madeByEncoders() throws IOException {
    return Files.readAllLines(AUDIO.resolve("expected.csv")).stream()
        .skip(1)
        .map(line -> line.split(",", -1))
        .map(row -> arguments(row[0], Integer.parseInt(row[1]), Long.parseLong(row[2])));
  }

  @ParameterizedTest
  @MethodSource("madeByEncoders")
  void tellsTheLengthOfWhatRealEncodersWrite(String name, int rate, long samples)
      throws IOException {
    // By any other name, as mirrors of LibriSpeech have it.
    AudioHeader header = read(Files.readAllBytes(AUDIO.resolve(name)));

    assertThat(header.sampleRateHz()).isEqualTo(rate);
    assertThat(header.totalSamples()).isEqualTo(samples);
  }

  @ParameterizedTest
  @MethodSource("madeByEncoders")
  void endsWithAHeaderOrOneLineWhateverIsCutOrFlipped(String name, int rate, long samples)
      throws IOException {
    byte[] whole = Files.readAllBytes(AUDIO.resolve(name));
    Random random = new Random(rate + samples);
    for (int i = 0; i < 100; i++) {
      byte[] bytes = Arrays.copyOf(whole, i % 3 == 0 ? random.nextInt(whole.length) : whole.length);
      for (int flips = i % 3 * 4; flips > 0; flips--) {
        bytes[random.nextInt(i % 2 == 0 ? bytes.length : 100)] = (byte) random.nextInt();
      }
      try {
        AudioHeader header = read(bytes);
        assertThat(header.sampleRateHz()).isPositive();
        assertThat(header.totalSamples()).isNotNegative();
      } catch (Refusal refusal) {
        assertThat(refusal.getMessage()).isNotBlank().doesNotContain("\n");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stream.flac", "stereo24.flac", "uncounted.mp3", "layer2.mp3"})
  void countsOnlyWhereTheHeaderDoesNotTell(String name) throws IOException {
    assertThat(AudioHeader.read(AUDIO.resolve(name)).counted()).isTrue();
    assertThat(AudioHeader.read(AUDIO.resolve("lame.mp3")).counted()).isFalse();
  }

  @Test
  void findsTheLastFrameOfAFlacBeforeAnId3v1Tag() throws IOException {
    byte[] whole = Files.readAllBytes(AUDIO.resolve("stream.flac"));
    byte[] tagged = Arrays.copyOf(whole, whole.length + 128);
    System.arraycopy("TAG".getBytes(US_ASCII), 0, tagged, whole.length, 3);

    assertThat(read(tagged).totalSamples()).isEqualTo(9000);
    assertThat(read(tagged).identity()).as("as its header does not tell").endsWith(" 9000");
  }

  @Test
  void refusesAStreamedFlacThatIsCutOff() throws IOException {
    byte[] whole = Files.readAllBytes(AUDIO.resolve("stream.flac"));

    assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length - 1)))
        .hasMessage(
            "does not tell its number of samples (0 in its header), and does not end with a whole"
                + " frame");
  }

  /** As it is too small to be looked at, with padding before its audio. */
  private static byte[] paddedFlac() throws IOException {
    byte[] whole = Files.readAllBytes(AUDIO.resolve("tone.flac"));
    int padding = 9000;
    int afterInfo = 4 + 4 + 34;
    byte[] padded = Arrays.copyOf(whole, whole.length + 4 + padding);
    padded[afterInfo] = 1;
    padded[afterInfo + 2] = (byte) (padding >>> 8);
    padded[afterInfo + 3] = (byte) padding;
    Arrays.fill(padded, afterInfo + 1, afterInfo + 2, (byte) 0);
    Arrays.fill(padded, afterInfo + 4, afterInfo + 4 + padding, (byte) 0);
    System.arraycopy(whole, afterInfo, padded, afterInfo + 4 + padding, whole.length - afterInfo);
    return padded;
  }

  @Test
  void refusesAFlacWithoutItsLastFrame() throws IOException {
    byte[] whole = paddedFlac();
    long samples = read(whole).totalSamples();
    byte[] tagged = Arrays.copyOf(whole, whole.length + 128);
    assertThat(read(tagged).totalSamples()).isEqualTo(samples);

    byte[] cut = Arrays.copyOf(whole, 9000);
    assertThatThrownBy(() -> read(cut))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            String.format(
                "is cut off: it has 9,000 bytes, and not the last of the %,d samples that its"
                    + " header promises",
                samples));
  }

  @Test
  void refusesAWavThatIsCutOff() throws IOException {
    byte[] whole = Files.readAllBytes(AUDIO.resolve("pcm_16.wav"));

    // 44 bytes of header, 600 of audio
    assertThatThrownBy(() -> read(Arrays.copyOf(whole, 543)))
        .hasMessage("is cut off: it has 499 bytes of audio, its header promises 600");
  }

  @Test
  void refusesAnMp3ThatIsCutOff() throws IOException {
    byte[] whole = Files.readAllBytes(AUDIO.resolve("lame.mp3"));

    assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length / 2)))
        .hasMessageMatching("is cut off: it has [\\d,]+ bytes, its header promises [\\d,]+");
  }

  @Test
  void countsAllFramesWhereAnMp3WasAppended() throws IOException {
    byte[] first = Files.readAllBytes(AUDIO.resolve("libsndfile.mp3"));
    byte[] second = Files.readAllBytes(AUDIO.resolve("libsndfile.mp3"));
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(first);
    both.write(second);

    // The second one's own samples, and those that its encoder added, by whole frames of 576
    assertThat(read(both.toByteArray()).totalSamples()).isGreaterThan(2 * 1234).isLessThan(9000);
  }

  @Test
  void skipsDamageBetweenFramesOfAnMp3() throws IOException {
    byte[] whole = Files.readAllBytes(AUDIO.resolve("uncounted.mp3"));
    ByteArrayOutputStream damaged = new ByteArrayOutputStream();
    damaged.write(whole, 0, 144); // 2 frames of 72 bytes
    damaged.write(new byte[100]);
    damaged.write(whole, 144, whole.length - 144);

    assertThat(read(damaged.toByteArray()).totalSamples()).isEqualTo(2880); // 5 × 576
  }

  @Test
  void refusesAnOggThatIsCutOffOrDamaged() throws IOException {
    byte[] whole = Files.readAllBytes(AUDIO.resolve("opus.opus"));

    assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length - 1)))
        .hasMessageStartingWith("is cut off: its last page should have ");
    whole[whole.length - 1]++;
    assertThatThrownBy(() -> read(whole))
        .hasMessage("is damaged: its last page has another checksum than it says");
  }

  @Test
  void refusesWhatIsNoAudio() {
    assertThatThrownBy(() -> read("No audio at all".getBytes(US_ASCII)))
        .isInstanceOf(Refusal.class)
        .hasMessage("is neither FLAC, WAV, MP3, Ogg Vorbis nor Ogg Opus: it begins with 4e6f2061");
    assertThatThrownBy(() -> read("RIFF....AVI LIST".getBytes(US_ASCII)))
        .hasMessage("is no WAV file: it is RIFF, but not WAVE");
  }

  @Test
  void refusesAnEmptyFile() {
    assertThatThrownBy(() -> read(new byte[0])).isInstanceOf(Refusal.class).hasMessage("is empty");
  }

  @Test
  void refusesAHeaderThatIsCutOff() {
    for (int length : new int[] {3, 7, 41}) {
      byte[] cut = Arrays.copyOf(Flac.of(16_000, 1), length);

      assertThatThrownBy(() -> read(cut))
          .isInstanceOf(Refusal.class)
          .hasMessage("is cut off: it has only " + length + " bytes");
    }
  }

  @Test
  void refusesAudioThatIsCutOff() {
    // 10 full blocks before the last, each of at least 1,000 bytes, after 4 + 4 + 34 of header
    assertThatThrownBy(() -> read(Flac.of(16_000, 10 * 4096 + 1, 1000, 7)))
        .hasMessage("is cut off: it has 44 bytes, its header promises at least 10,042");
  }

  @Test
  void refusesAnUnknownLength() {
    assertThatThrownBy(() -> read(Flac.of(16_000, 0)))
        .hasMessageStartingWith("does not tell its number of samples (0 in its header), and ");
    assertThatThrownBy(() -> read(Flac.of(0, 100))).hasMessage("has sample rate 0 in its header");
  }
}
