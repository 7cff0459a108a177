package org.speechrate.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;

/** The weights of a published model, which somebody else may have sent. */
class ModelFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() {
    return Stream.of(
        new SafeTensors(
                Map.of(
                    "fc1.weight", new Tensor(List.of(2, 1), new float[] {1, 2}),
                    "fc1.bias", new Tensor(List.of(2), new float[] {3, 4}),
                    "fc2.weight", new Tensor(List.of(1, 2), new float[] {5, 6}),
                    "fc2.bias", new Tensor(List.of(1), new float[] {7})),
                Map.of("format", "pt"))
            .toBytes(),
        of("{\"x\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}"),
        of("{\"x\":{\"dtype\":\"F32\",\"shape\":[65536,65536],\"data_offsets\":[0,1e99]}}"),
        of("{\"x\":{\"dtype\":\"F32\",\"shape\":[0,2147483647],\"data_offsets\":[0,0]}}"),
        of("{\"a\\u2028\":{},\"a\\u2028\":{}}"),
        of("[".repeat(2000)),
        Hostile.bytes("\377\377\377\377\377\377\377\177{}"));
  }

  private static byte[] of(String header) {
    return ByteBuffer.allocate(8 + header.length())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length())
        .put(Hostile.bytes(header))
        .array();
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Path file = Files.write(folder.resolve("model.safetensors"), content);
    try {
      SpeechRateModel.load(file);
    } catch (IOException e) {
      Hostile.assertOneLine(e.getMessage(), file.toString());
    }
  }
}
