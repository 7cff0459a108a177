package org.speechrate.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.predict.PredictSpec;
import org.speechrate.store.Durable;

/** The bundled sample, which a run without paths of its own trains on, in any workspace. */
final class Sample {
  private static final String FOLDER = "data/sample";

  private Sample() {}

  /** Whether a run reads the sample. */
  static boolean isReadBy(RunSpec spec) {
    return Stream.of(
            spec.corpus().root(),
            spec.labels().directory(),
            spec.embeddings().path(),
            spec.embeddings().encoder())
        .flatMap(Optional::stream)
        .anyMatch(Sample::isIn);
  }

  /** Whether a prediction reads the sample. */
  static boolean isReadBy(PredictSpec spec) {
    return spec.embeddings().path().filter(Sample::isIn).isPresent();
  }

  private static boolean isIn(String path) {
    return path.startsWith(FOLDER + "/");
  }

  /**
   * Copies it from the repository where the workspace has none: all of it, or nothing; and its
   * encoder, which came later, where there is an older copy without it.
   */
  static void provide(Path workspace, Path repository, Terminal terminal) throws IOException {
    provide(workspace.resolve(FOLDER), repository.resolve(FOLDER), "Sample", terminal);
    provide(
        workspace.resolve(RunSpecReader.SAMPLE_ENCODER),
        repository.resolve(RunSpecReader.SAMPLE_ENCODER),
        "Encoder",
        terminal);
  }

  private static void provide(Path sample, Path bundled, String what, Terminal terminal)
      throws IOException {
    if (Files.exists(sample) || !Files.isDirectory(bundled)) {
      return;
    }
    Path fresh = Files.createTempDirectory(sample.getParent(), ".sample");
    try {
      Path copy = fresh.resolve("sample"); // not the folder itself, which is readable for us alone
      copy(bundled, copy);
      Files.move(copy, sample, StandardCopyOption.ATOMIC_MOVE);
      terminal.say(what + ": copied the bundled one to " + sample);
    } catch (java.nio.file.FileSystemException e) {
      if (!Files.exists(sample)) {
        throw e;
      }
      // Two first commands at once: the other one's copy is as good.
    } finally {
      Durable.deleteFolder(fresh);
    }
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
