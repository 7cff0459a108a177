package org.speechrate.publishing.format;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;

/** The pickle inside the zip. */
class TorchPickleFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    List<byte[]> pickles = new ArrayList<>();
    for (String name : List.of("probing.pt", "sequential-gelu.pt", "ordered_state_dict.pt")) {
      Path file = Files.write(folder.resolve("seed.pt"), TorchFiles.read(name));
      try (ZipFile zip = new ZipFile(file.toFile())) {
        String pickle = name.substring(0, name.indexOf('.')) + "/data.pkl";
        pickles.add(zip.getInputStream(zip.getEntry(pickle)).readAllBytes());
      }
    }
    // A tensor of 2^62 values in two numbers; a negative offset; steps of 0; one storage for many.
    for (String tensor :
        List.of(
            "K\0J\377\377\377\177J\377\377\377\177\206K\1K\1\206",
            "J\377\377\377\377K\1K\1\206K\1K\1\206",
            "K\0J\377\377\377\177K\1\206K\0K\0\206",
            "\212\010\377\377\377\377\377\377\377\177J\377\377\377\177K\2\206J\377\377\377\177K\1\206")) {
      pickles.add(
          Hostile.bytes(
              "\200\2}X\12\0\0\0fc1.weightctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storage"
                  + "ctorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\2tQ"
                  + tensor
                  + "\211ccollections\nOrderedDict\n)RtRs."));
    }
    return pickles.stream();
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] pickle) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      put(zip, "m/data.pkl", pickle);
      for (int i = 0; i < 4; i++) {
        put(zip, "m/data/" + i, new byte[24]);
      }
    }
    Path file = Files.write(folder.resolve("given.pt"), bytes.toByteArray());
    Hostile.read("m.pt", () -> TorchReader.read(file, "m.pt", Optional.empty()));
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
