package org.speechrate.corpus;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;

class AudioHeaderFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    byte[] flac = Flac.of(16_000, 32_000);
    byte[] tagged = Arrays.copyOf(Hostile.bytes("ID3\4\0\20\0\0\0\1"), 21 + flac.length);
    System.arraycopy(flac, 0, tagged, 21, flac.length);
    List<byte[]> seeds = new ArrayList<>();
    try (DirectoryStream<Path> golden =
        Files.newDirectoryStream(Path.of("src/test/resources/corpus"))) {
      for (Path file : golden) {
        seeds.add(Files.readAllBytes(file));
      }
    }
    seeds.addAll(
        List.of(
            flac,
            tagged,
            Arrays.copyOf(flac, 20),
            Flac.of(0, 1),
            Flac.of(16_000, 0),
            Flac.of(1, 0xFFFFFFFFFL, 0xFFFF, 0),
            Hostile.bytes("ID3\4\0\0\177\177\177\177"),
            Hostile.bytes("RIFF"),
            Hostile.bytes("OggS\0\4"),
            Hostile.bytes("\u00ff\u00fb\u0090\0")));
    return seeds.stream();
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Path file = Files.write(folder.resolve("a.wav"), content);
    // Who reads it puts the file's name before the line.
    Hostile.read("", () -> AudioHeader.read(file).seconds());
  }
}
