package org.speechrate.deploy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.speechrate.client.ServerFile;

/** {@code up} in a process of its own, which outlives the command that started it. */
final class DetachedUp {
  /** Server, engine (unpacked on first use) and worker. */
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private static final long PAUSE_MILLIS = 200;

  private DetachedUp() {}

  /**
   * Returns when server and worker are ready; at once where an {@code up} runs already.
   *
   * @param options of {@code up}
   */
  static ServerFile start(Path workspace, List<String> options, Terminal terminal)
      throws IOException, InterruptedException, CommandFailure {
    Optional<ServerFile> running = DevServer.running(workspace);
    if (running.isPresent() && UpCommand.isUp(running.get())) {
      terminal.say("already up: UI " + running.get().ui());
      return running.get();
    }
    List<String> words = new ArrayList<>(List.of("up", "--workspace", workspace.toString()));
    words.addAll(options);
    Path log = workspace.resolve("data/logs/up.log");
    Files.createDirectories(log.getParent());
    ProcessBuilder builder =
        new ProcessBuilder(DetachedProcess.command(command(words)))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // Not as -cp, see the launcher.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    process.getOutputStream().close();
    Instant deadline = Instant.now().plus(DEADLINE);
    while (true) {
      Optional<ServerFile> file = ServerFile.read(workspace);
      if (file.isPresent()
          && file.get().ownerPid() == process.pid()
          && !file.get().metrics().isEmpty()) {
        terminal.say("up: UI " + file.get().ui() + ", metrics " + file.get().metrics());
        terminal.say("Start a run: " + file.get().startPage());
        return file.get();
      }
      boolean late = Instant.now().isAfter(deadline);
      if (late || !process.isAlive()) {
        process.destroy();
        throw late
            ? CommandFailure.failed(
                String.format(
                    "`up` is not ready after %d s: %s (%s)",
                    DEADLINE.toSeconds(), lastWords(log), log))
            : CommandFailure.of(
                Math.max(Exit.RUN_FAILED, process.exitValue()),
                String.format("%s (%s)", lastWords(log), log));
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }

  /**
   * This Java, with its options, as a command of its own; the class path comes by the environment.
   *
   * @param words such as {@code up --workspace DIR}
   */
  static List<String> command(List<String> words) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> !argument.startsWith("-Dspeechrate.terminal."))
        .forEach(command::add);
    command.add(SpeechrateCommand.class.getName());
    command.addAll(words);
    return command;
  }

  /** Why it ended, else the newest line. */
  static String lastWords(Path log) throws IOException {
    List<String> lines =
        Files.readString(log, StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank())
            .toList();
    return lines.stream()
        .filter(line -> line.startsWith(SpeechrateCommand.PREFIX))
        .reduce((first, second) -> second)
        .map(line -> line.substring(SpeechrateCommand.PREFIX.length()))
        .orElseGet(() -> lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1));
  }
}
