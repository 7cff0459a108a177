package org.speechrate.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.training.TorchScript;

/** What engines leave in the system's temporary folder, in a process that has one of its own. */
class LeftOversTest {
  @TempDir Path folder;

  /** That process: a worker that trains again and again, and encodes; prints what is there. */
  static final class Worker {
    private Worker() {}

    public static void main(String[] args) throws IOException {
      for (int i = 0; i < 3; i++) {
        TorchScript.load(script("x"), Device.cpu()).close();
      }
      assertThatThrownBy(() -> TorchScript.load(script("torch.gone(x)"), Device.cpu()))
          .isInstanceOf(EngineException.class);
      try (UtteranceEncoder encoder = UtteranceEncoder.open(Sounds.SHAPED, false)) {
        assertThat(encoder.encode(Sounds.utterance(Sounds.FIRST)))
            .isInstanceOf(Encoding.Vector.class);
      }
      System.out.println("left " + names(Path.of(System.getProperty("java.io.tmpdir"))));
    }
  }

  private static String script(String result) {
    return "def f(self: __torch__.Script, x: Tensor) -> Tensor:\n  return " + result + "\n";
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(each -> each.getFileName().toString()).toList();
    }
  }

  @Test
  void aWorkerLeavesNothingNeitherWhileItRunsNorAfter() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    Path told = folder.resolve("told");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + own,
                Worker.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(told.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    try {
      assertThat(process.waitFor()).as(Files.readString(told)).isZero();
    } finally {
      process.destroyForcibly();
    }

    assertThat(Files.readAllLines(told)).as("beside what engines log").contains("left []");
    assertThat(names(own)).isEmpty();
  }
}
