package org.speechrate.embeddings;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Workspace;

/** An scp, which names archives, or an archive. */
class KaldiFuzzTest {
  @TempDir static Path folder;
  private static Workspace workspace;

  @BeforeAll
  static void makeWorkspace() throws IOException {
    workspace = Workspace.open(folder, List.of());
    Files.write(folder.resolve("v.ark"), EmbeddingFiles.read("vectors.ark"));
  }

  static Stream<byte[]> seeds() {
    return Stream.of(
            "u v.ark:10\nw v.ark:66\n",
            "u v.ark:66\r\n\r\nw ./v.ark:10",
            "u v.ark\n",
            "u v.ark:999999999999999999\n",
            "u ../../etc/passwd:0\n",
            "u /etc/passwd:0\n",
            "u cat v.ark |\n",
            "u v.ark:10[0:1]\n",
            "u \0:1\n",
            "u v.ark:10\nu v.ark:10\n",
            "u [ 1 2 ]\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Files.write(folder.resolve("given.scp"), content);
    Hostile.read(
        "embeddings.path",
        () ->
            EmbeddingSource.of(
                    new EmbeddingsSpec(Source.KALDI, Optional.of("given.scp"), Optional.empty()),
                    workspace)
                .copyTo(folder, StageMonitor.silent()));
  }
}
