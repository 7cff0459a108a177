package org.speechrate.embeddings;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;
import org.speechrate.stage.StageMonitor;

/** The CSV that names a matrix' rows. */
class IdsFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() {
    return Stream.of(
            "sample_id,split,label\na,train,7\nb,dev,8\n",
            "\uFEFFsample_id\r\n\"a\"\r\n\"é,\"\"b\"\"\n\"\r\n",
            "sample_id,sample_id\na,a\n",
            ",sample_id\n0,a\n1,\n",
            "id\n",
            "sample_id\n\"a",
            "sample_id,split\na,train\na,test\n",
            "sample_id,split\na,\u2028\n\u0000,dev\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Path matrix = Files.write(folder.resolve("given.npy"), Npy.float32("(2, 1)", 1, 2));
    Path ids = Files.write(folder.resolve("given.csv"), content);
    Hostile.read(
        "ids.csv",
        () ->
            new MatrixEmbeddings(matrix, "m.npy", ids, "ids.csv")
                .copyTo(folder, StageMonitor.silent()));
  }
}
