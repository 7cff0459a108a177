package org.speechrate.deploy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate logs}. */
@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    header = {"Show the newest log lines.", ""},
    description = {"Shows the newest log lines of commands and workers.", ""})
final class LogsCommand extends Subcommand {
  private static final long PAUSE_MILLIS = 300;

  @Option(names = "-f", description = "Go on with new lines as they come, until Ctrl-C.")
  private boolean follow;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "N",
      defaultValue = "50",
      description = "How many lines (default: ${DEFAULT-VALUE}).")
  private int lines;

  @Option(names = "--server", description = "The Temporal server's log instead.")
  private boolean server;

  @Override
  public Integer call() throws Exception {
    if (lines < 0) {
      throw CommandFailure.wrongInput("--lines must be at least 0, got " + lines);
    }
    Path log = workspace().resolve("data/logs").resolve(server ? "server.log" : "speechrate.log");
    if (!Files.exists(log)) {
      terminal().say("no log yet: " + log);
      return Exit.DONE;
    }
    String text = Files.readString(log, StandardCharsets.UTF_8);
    List<String> all = text.lines().toList();
    all.subList(Math.max(0, all.size() - lines), all.size()).forEach(terminal().out()::println);
    if (follow) {
      follow(log, text.getBytes(StandardCharsets.UTF_8).length);
    }
    return Exit.DONE;
  }

  private void follow(Path log, long from) throws IOException, InterruptedException {
    long position = from;
    while (!terminal().out().checkError()) {
      long size = Files.exists(log) ? Files.size(log) : 0;
      if (size < position) {
        position = 0; // a new file after the old one was rolled away
      }
      if (size > position) {
        byte[] fresh = new byte[(int) Math.min(size - position, 1 << 20)];
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
          file.seek(position);
          file.readFully(fresh);
        }
        position += fresh.length;
        terminal().out().write(fresh, 0, fresh.length);
        terminal().out().flush();
      } else {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    }
  }
}
