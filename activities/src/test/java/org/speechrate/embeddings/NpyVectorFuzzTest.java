package org.speechrate.embeddings;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;

class NpyVectorFuzzTest {
  static Stream<byte[]> seeds() throws IOException {
    byte[] version2 = Npy.float32("(1,)", 1);
    version2[6] = 2;
    return Stream.of(
        Npy.float32("(2,)", 1, 2),
        Npy.float32("(1, 2)", 1, Float.NaN),
        Npy.of("{'descr': '>f8', 'fortran_order': True, 'shape': (1L,)}", new byte[8]),
        Npy.of("{'descr': '<f2', 'fortran_order': False, 'shape': (2,)}", new byte[2]),
        Npy.of("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': ()}", new byte[4]),
        Npy.float32("(9223372036854775807,)"),
        Npy.float32("(99999999999999999999, 1)"),
        version2,
        Npy.object(new byte[0]));
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Hostile.read("v.npy", () -> NpyVector.read(new ByteArrayInputStream(content), "v.npy"));
  }
}
