package org.speechrate.embeddings;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;
import org.speechrate.stage.StageMonitor;

class MatrixFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    return Stream.of(
        Npy.float32("(2, 2)", 1, 2, 3, 4),
        Npy.float32("(2, 1)", 1, Float.POSITIVE_INFINITY),
        Npy.float32("(2, 0)"),
        Npy.float32("(0, 268435455)"),
        Npy.float32("(9223372036854775807, 9223372036854775807)"),
        Npy.of("{'descr': '>f8', 'fortran_order': False, 'shape': (2, 1)}", new byte[16]),
        Npy.of("{'descr': '<f2', 'fortran_order': True, 'shape': (2, 1)}", new byte[4]),
        Npy.object(new byte[0]));
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Path matrix = Files.write(folder.resolve("given.npy"), content);
    Path ids = Files.writeString(folder.resolve("given.csv"), "sample_id,split\na,train\nb,dev\n");
    Hostile.read(
        "m.npy",
        () ->
            new MatrixEmbeddings(matrix, "m.npy", ids, "ids.csv")
                .copyTo(folder, StageMonitor.silent()));
  }
}
