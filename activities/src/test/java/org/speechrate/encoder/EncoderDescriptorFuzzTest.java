package org.speechrate.encoder;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;

class EncoderDescriptorFuzzTest {
  static Stream<byte[]> seeds() throws IOException {
    return Stream.of(
        Files.readAllBytes(Sounds.GE2E.resolve(EncoderDescriptor.FILE)),
        Files.readAllBytes(Sounds.SHAPED.resolve(EncoderDescriptor.FILE)),
        Hostile.bytes("{}"),
        Hostile.bytes("[".repeat(2000)),
        Hostile.bytes("{\"dimension\": 1e999, \"file\": \"a\\u2028.onnx\"}"));
  }

  @MethodSource("seeds")
  @FuzzTest
  void parse(byte[] content) throws Exception {
    // Who reads it puts the file's name before the line.
    Hostile.read("", () -> EncoderDescriptor.parse(content));
  }
}
