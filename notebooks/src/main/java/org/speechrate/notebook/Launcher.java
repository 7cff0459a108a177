package org.speechrate.notebook;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Runs the {@code speechrate} command for what it alone can do. */
final class Launcher {
  private static final int FAILED = 1;

  /** Between two looks at how far the command is. */
  private static final long LOOK_MILLIS = 300;

  private static final long TIDY_SECONDS = 20;
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
    return run(arguments, line -> {});
  }

  /**
   * The same for a command that takes long.
   *
   * @param progress is shown the newest line that it says aside, whenever there is one
   */
  String run(List<String> arguments, ProgressLine progress) {
    List<String> words = new ArrayList<>(List.of(script().toString(), "--workspace"));
    words.add(workspace.toString());
    words.addAll(arguments);
    String name = String.join(" ", arguments);
    try {
      Path said = Files.createTempFile("speechrate", ".txt");
      Path out = Files.createTempFile("speechrate", ".txt");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(words).redirectError(said.toFile()).redirectOutput(out.toFile());
        builder.environment().put("SPEECHRATE_PROGRESS_EACH_SECOND", "yes");
        Process process = builder.start();
        process.getOutputStream().close();
        int exit = waitFor(process, said, progress);
        String printed = Files.readString(out).strip();
        // A failed night is an answer too: last-night then says so in its exit code.
        if (exit == 0 || (exit == FAILED && !printed.isEmpty())) {
          return printed.isEmpty() ? Files.readString(said).strip() : printed;
        }
        throw new NotebookException(lastLine(said).orElse(name + " ended with exit code " + exit));
      } finally {
        Files.deleteIfExists(said);
        Files.deleteIfExists(out);
      }
    } catch (IOException e) {
      throw new NotebookException("cannot run speechrate " + name + ": " + e.getMessage(), e);
    }
  }

  private static int waitFor(Process process, Path said, ProgressLine progress) throws IOException {
    String shown = "";
    try {
      while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        String line = lastLine(said).orElse("");
        if (!line.equals(shown)) {
          progress.show(line);
          shown = line;
        }
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      process.destroy();
      // It tidies up; what it works in goes only then.
      process.onExit().completeOnTimeout(process, TIDY_SECONDS, TimeUnit.SECONDS).join();
      Thread.currentThread().interrupt();
      throw new NotebookException("interrupted while the command ran", e);
    }
  }

  /**
   * The newest, which also says what went wrong. Bytes that are no UTF-8, as of a line that is half
   * written, are no failure.
   */
  private static Optional<String> lastLine(Path said) throws IOException {
    return new String(Files.readAllBytes(said), StandardCharsets.UTF_8)
        .lines()
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
