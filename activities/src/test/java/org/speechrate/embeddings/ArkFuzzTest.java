package org.speechrate.embeddings;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;

/** Kaldi's archives, binary and text. */
class ArkFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    return Stream.of(
        EmbeddingFiles.read("vectors.ark"),
        EmbeddingFiles.read("text.ark"),
        Hostile.bytes("u \0BFV \4\377\377\377\177"),
        Hostile.bytes("u \0BDV \4\377\377\377\377"),
        Hostile.bytes("u \0BFM \4\1\0\0\0\4\1\0\0\0...."),
        Hostile.bytes("u [ 1 -inf nan 1e99999 .5 ]\nv [ ]\n"),
        Hostile.bytes("u  [\n 1 2\n 3 4 ]\n"),
        Hostile.bytes("u [ 1 x"));
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Path file = Files.write(folder.resolve("given.ark"), content);
    Hostile.read(
        "e.ark",
        () -> {
          try (ArkInput ark = new ArkInput(file, "e.ark")) {
            for (String key = ark.key(); !key.isEmpty(); key = ark.key()) {
              ark.vector(key);
            }
          }
        });
  }
}
