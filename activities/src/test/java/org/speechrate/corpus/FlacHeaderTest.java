package org.speechrate.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;

class FlacHeaderTest {
  @TempDir Path folder;

  private FlacHeader read(byte[] content) throws IOException {
    return FlacHeader.read(Files.write(folder.resolve("a.flac"), content));
  }

  @Test
  void tellsSamplesRateAndSeconds() throws IOException {
    FlacHeader header = read(Flac.of(16_000, 40_000));

    assertThat(header.sampleRateHz()).isEqualTo(16_000);
    assertThat(header.totalSamples()).isEqualTo(40_000);
    assertThat(header.seconds()).isEqualTo(2.5); // 40,000 / 16,000
  }

  @Test
  void readsAll36BitsOfTheSamplesAndAll20OfTheRate() throws IOException {
    FlacHeader header = read(Flac.of(655_350, 0xFFFFFFFFFL));

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

  @Test
  void knowsWhetherTheMd5IsThere() throws IOException {
    assertThat(read(Flac.of(16_000, 1, 0, 7)).hasMd5()).isTrue();
    assertThat(read(Flac.of(16_000, 1, 0, 0)).hasMd5()).isFalse();
  }

  @Test
  void refusesWhatIsNoFlac() {
    assertThatThrownBy(
            () -> read("RIFF....WAVEfmt ".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
        .isInstanceOf(Refusal.class)
        .hasMessage("is not a FLAC file: it begins with 52494646");
  }

  @Test
  void refusesAHeaderThatIsCutOff() {
    for (int length : new int[] {0, 3, 7, 41}) {
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
        .hasMessage("does not tell its number of samples (0 in its header)");
    assertThatThrownBy(() -> read(Flac.of(0, 100))).hasMessage("has sample rate 0 in its header");
  }
}
