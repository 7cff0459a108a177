package org.speechrate.notebook;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Runs the {@code speechrate} command for what it alone can do. */
final class Launcher {
  private static final int FAILED = 1;
  private static final String SCRIPT = "deploy/speechrate";

  private final Path workspace;
  private final Map<String, String> environment;

  Launcher(Path workspace, Map<String, String> environment) {
    this.workspace = workspace;
    this.environment = environment;
  }

  /**
   * What the command printed.
   *
   * @throws NotebookException if it failed; the message is its own line
   */
  String run(List<String> arguments) {
    List<String> words = new ArrayList<>(List.of(script().toString(), "--workspace"));
    words.add(workspace.toString());
    words.addAll(arguments);
    String name = String.join(" ", arguments);
    try {
      Path said = Files.createTempFile("speechrate", ".txt");
      try {
        Process process = new ProcessBuilder(words).redirectError(said.toFile()).start();
        process.getOutputStream().close();
        String printed;
        try (InputStream out = process.getInputStream()) {
          printed = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
        int exit = waitFor(process);
        // A failed night is an answer too: last-night then says so in its exit code.
        if (exit == 0 || (exit == FAILED && !printed.isEmpty())) {
          return printed.isEmpty() ? Files.readString(said).strip() : printed;
        }
        throw new NotebookException(
            reason(Files.readAllLines(said)).orElse(name + " ended with exit code " + exit));
      } finally {
        Files.deleteIfExists(said);
      }
    } catch (IOException e) {
      throw new NotebookException("cannot run speechrate " + name + ": " + e.getMessage(), e);
    }
  }

  private static int waitFor(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new NotebookException("interrupted while the command ran", e);
    }
  }

  /** The line that says what is wrong is the last one; those before it tell of a build. */
  private static Optional<String> reason(List<String> said) {
    return said.stream()
        .filter(Predicate.not(String::isBlank))
        .reduce((before, last) -> last)
        .map(line -> line.replaceFirst("^speechrate: ", ""));
  }

  private Path script() {
    Optional<Path> named =
        Optional.ofNullable(environment.get("SPEECHRATE_COMMAND"))
            .filter(Predicate.not(String::isBlank))
            .map(Path::of);
    return Stream.concat(
            named.stream(),
            Stream.of(Optional.of(workspace), repository())
                .flatMap(Optional::stream)
                .map(folder -> folder.resolve(SCRIPT)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new NotebookException(
                    "found no "
                        + SCRIPT
                        + " for the workspace "
                        + workspace
                        + "; name it in SPEECHRATE_COMMAND"));
  }

  /**
   * The one that this class was built in: notebooks/target/classes, or a jar in notebooks/target.
   */
  private static Optional<Path> repository() {
    try {
      Path classes =
          Path.of(Launcher.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      for (Path folder = classes; folder != null; folder = folder.getParent()) {
        if (Files.isExecutable(folder.resolve(SCRIPT))) {
          return Optional.of(folder);
        }
      }
      return Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
