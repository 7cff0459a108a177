package org.speechrate.embeddings;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;
import org.speechrate.stage.StageMonitor;

class NpzFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    byte[] each = EmbeddingFiles.read("each.npz");
    return Stream.of(
        each,
        Arrays.copyOf(each, each.length - 30),
        EmbeddingFiles.read("columns.npz"),
        EmbeddingFiles.zip("../a.npy", Npy.float32("(1,)", 1)),
        EmbeddingFiles.zip("a.npy", Npy.float32("(1,)", 1), "b.npy", Npy.float32("(2,)", 1, 2)),
        EmbeddingFiles.zip("x.npy", Npy.float32("(900000000, 1)", 1)),
        EmbeddingFiles.zip("a.txt", new byte[1]),
        EmbeddingFiles.zip());
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Path file = Files.write(folder.resolve("given.npz"), content);
    Hostile.read(
        "e.npz",
        () ->
            new NpzEmbeddings(file, "e.npz", Optional.empty())
                .copyTo(folder, StageMonitor.silent()));
  }
}
