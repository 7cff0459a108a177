package org.speechrate.deploy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Opens a file with the program that this machine's user has for it. */
final class Opener {
  /** Openers hand over to a browser at once; one that stays is the browser itself. */
  private static final int SECONDS = 5;

  private final String system;
  private final Map<String, String> environment;

  /**
   * @param system as the property os.name tells it
   */
  Opener(String system, Map<String, String> environment) {
    this.system = system.toLowerCase(Locale.ROOT);
    this.environment = Map.copyOf(environment);
  }

  /**
   * @throws CommandFailure if there is no such program, no screen, or it failed
   */
  void open(Path file) throws IOException, InterruptedException, CommandFailure {
    List<String> command = new ArrayList<>(command(file));
    command.add(file.toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (process.waitFor(SECONDS, TimeUnit.SECONDS) && process.exitValue() != 0) {
      throw CommandFailure.missing(
          String.format(
              "%s could not open it (exit code %d); open it in a browser: %s",
              command.get(0), process.exitValue(), file));
    }
  }

  private List<String> command(Path file) throws CommandFailure {
    if (system.startsWith("windows")) {
      // The first quoted word would be the window's title.
      return List.of("cmd", "/c", "start", "");
    }
    if (system.startsWith("mac")) {
      return List.of("open");
    }
    if (!environment.containsKey("DISPLAY") && !environment.containsKey("WAYLAND_DISPLAY")) {
      throw nothing("there is no screen here", file);
    }
    return Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, "xdg-open"))
        .filter(Files::isExecutable)
        .findFirst()
        .map(program -> List.of(program.toString()))
        .orElseThrow(() -> nothing("xdg-open is not installed", file));
  }

  private static CommandFailure nothing(String why, Path file) {
    return CommandFailure.missing(why + ", so --open opens nothing; open it in a browser: " + file);
  }
}
