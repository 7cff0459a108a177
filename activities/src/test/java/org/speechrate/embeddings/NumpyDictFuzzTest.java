package org.speechrate.embeddings;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;
import org.speechrate.stage.StageMonitor;

class NumpyDictFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (int numpy = 1; numpy <= 2; numpy++) {
      for (int protocol = 0; protocol <= 5; protocol++) {
        seeds.add(EmbeddingFiles.read("numpy" + numpy + "-protocol" + protocol + ".npy"));
      }
      seeds.add(EmbeddingFiles.read("numpy" + numpy + "-saved.npy"));
    }
    seeds.add(EmbeddingFiles.read("malicious-system.npy"));
    seeds.add(EmbeddingFiles.read("malicious-eval.npy"));
    // What those do not use: the other instructions for text, numbers, containers and the memo.
    for (String pickle :
        List.of(
            "(Va\\u20ac\\ud800\\U0001d400\nS'it\\'s\\x41'\nF1.5\nI-7\nL12345678901234567890L\nI01\nt.",
            "(K\1M\1\1J\1\0\0\0\u008A\2\0\u0080\u008B\1\0\0\0\1G\0\0\0\0\0\0\0\0NU\1aT\1\0\0\0al.",
            "}(\u008C\1aK\1X\1\0\0\0bC\1bB\1\0\0\0bK\2d2r\0\0\0\0j\0\0\0\00s1.",
            "\u0080\5\u0095\0\0\0\0\0\0\0\0\u0096\1\0\0\0\0\0\0\0a\u008E\1\0\0\0\0\0\0\0a\u0086.",
            "(lp0\ng0\na(i__builtin__\nbytes\n.",
            "c__builtin__\nbytearray\n(Va\nVlatin-1\ntR.")) {
      seeds.add(Npy.object(Hostile.bytes(pickle)));
    }
    return seeds.stream();
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Path file = Files.write(folder.resolve("given.npy"), content);
    Hostile.read("e.npy", () -> new NumpyDict(file, "e.npy").copyTo(folder, StageMonitor.silent()));
  }
}
