package org.speechrate.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AudioContentTest {
  @TempDir private Path folder;

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("audio"), content);
  }

  @Test
  void aFlacFileIsKnownByTheMd5OfItsAudio() throws IOException {
    String one = AudioContent.streamInfo(file(Flac.of(16_000, 100, 0, 1))).orElseThrow();
    String two = AudioContent.streamInfo(file(Flac.of(16_000, 100, 0, 2))).orElseThrow();

    assertThat(one).hasSize(68).endsWith("00000001").isNotEqualTo(two);
  }

  @Test
  void tagsInFrontAreNotPartOfIt() throws IOException {
    byte[] flac = Flac.of(16_000, 100, 0, 1);
    ByteArrayOutputStream tagged = new ByteArrayOutputStream();
    tagged.writeBytes("ID3\4\0\0\0\0\0\3abc".getBytes(StandardCharsets.ISO_8859_1));
    tagged.writeBytes(flac);

    assertThat(AudioContent.streamInfo(file(tagged.toByteArray())))
        .isEqualTo(AudioContent.streamInfo(file(flac)))
        .isPresent();
  }

  @Test
  void withoutAnMd5OrAsAnythingElseItIsNotKnownByItsHeader() throws IOException {
    assertThat(AudioContent.streamInfo(file(Flac.of(16_000, 100, 0, 0)))).isEmpty();
    assertThat(AudioContent.streamInfo(file("RIFF".getBytes(StandardCharsets.US_ASCII)))).isEmpty();
    assertThat(AudioContent.streamInfo(file(new byte[0]))).isEmpty();
    assertThat(AudioContent.streamInfo(file("fLaC".getBytes(StandardCharsets.US_ASCII)))).isEmpty();
    assertThat(AudioContent.streamInfo(file("ID3".getBytes(StandardCharsets.US_ASCII)))).isEmpty();
  }
}
