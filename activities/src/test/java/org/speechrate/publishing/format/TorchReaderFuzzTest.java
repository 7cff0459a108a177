package org.speechrate.publishing.format;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;

/** The zip; its checksums keep a fuzzer out of the pickle, see {@link TorchPickleFuzzTest}. */
class TorchReaderFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() {
    return Stream.of(
            "probing.pt",
            "sequential-gelu.pt",
            "ordered_state_dict.pt",
            "checkpoint.pt",
            "malicious.pt",
            "torchscript.pt",
            "old.pt")
        .map(TorchFiles::read);
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Path file = Files.write(folder.resolve("given.pt"), content);
    Hostile.read("m.pt", () -> TorchReader.read(file, "m.pt", Optional.empty()));
  }
}
