package org.speechrate.encoder;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.corpus.AudioHeader;
import org.speechrate.fuzz.Hostile;

class AudioDecoderFuzzTest {
  /** As an encoder, which decodes nothing that is longer. */
  private static final double MOST_SECONDS = 10;

  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            Path.of("src/test/resources/corpus"), "*.{flac,wav,mp3,ogg,opus}")) {
      for (Path file : files) {
        seeds.add(Files.readAllBytes(file));
      }
    }
    return seeds.stream();
  }

  @MethodSource("seeds")
  @FuzzTest
  void decode(byte[] content) throws Exception {
    Path file = Files.write(folder.resolve("a.wav"), content);
    Hostile.read(
        "",
        () -> {
          AudioHeader header = AudioHeader.read(file);
          if (header.seconds() < MOST_SECONDS) {
            AudioDecoder.decode(file, header, Sounds.RATE_HZ);
          }
        });
  }
}
