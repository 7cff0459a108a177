package org.speechrate.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.speechrate.client.ServerFile;
import org.speechrate.store.Workspace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    header = {"Tell what is missing on this machine.", ""},
    description = {
      "Tells what is here and what is missing, with the way to get it. Changes nothing.",
      ""
    },
    footer = {"", "Exit codes: 0 nothing that is needed is missing, 3 something is."})
final class DoctorCommand extends Subcommand {
  /** A run on LibriSpeech writes some 40 MB of embeddings; libtorch unpacks to 432 MB. */
  private static final long DISK_NEEDED = 1L << 30;

  private static final long ANSWER_SECONDS = 20;

  /** Maven paints its version even into a pipe. */
  private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

  @Option(names = "--json", description = "Print one JSON array.")
  private boolean json;

  /**
   * One thing that was looked at.
   *
   * @param needed whether nothing runs without it
   * @param cure how to get it; empty where it is there
   */
  record Check(String name, boolean ok, boolean needed, String text, String cure) {
    static Check there(String name, String text) {
      return new Check(name, true, true, text, "");
    }

    static Check absent(String name, String text, String cure) {
      return new Check(name, false, true, text, cure);
    }

    /** Absent, but installed or started by itself once it is wanted, or needed by tests only. */
    static Check later(String name, String text, String cure) {
      return new Check(name, false, false, text, cure);
    }
  }

  @Override
  public Integer call() throws Exception {
    List<Check> checks = new ArrayList<>();
    checks.add(
        Check.there("Java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")"));
    checks.add(program("Maven", "mvn", "install Maven 3.8 or newer", "-version"));
    checks.add(program("Python", "python3", "install Python 3.10 or newer with venv", "--version"));
    checks.add(engine());
    checks.add(temporal());
    checks.addAll(workspaceChecks());
    checks.add(
        service(
            UserService.of(Tools.repository(), workspace(), System.getenv()),
            command("service install")));
    checks.add(tool("Jupyter", tools().installedJupyter(), "the first `notebook` installs it"));
    checks.add(
        tool("ChromaDB", tools().installedChroma(), "for a test: `speechrate verify` installs it"));
    checks.add(
        tool(
            "Prometheus",
            tools().installedPrometheus(),
            "for a test: `speechrate verify` unpacks it"));
    checks.add(
        tool(
            "Chromium",
            tools().installedChromium(),
            "for the browser test: apt-get install chromium, or `speechrate verify` as root"));
    if (json) {
      terminal().out().println(ResultView.json(checks));
    } else {
      checks.forEach(this::print);
    }
    return checks.stream().allMatch(check -> check.ok() || !check.needed())
        ? Exit.DONE
        : Exit.MISSING;
  }

  private void print(Check check) {
    String mark =
        check.ok()
            ? terminal().green("✓")
            : check.needed() ? terminal().red("✗") : terminal().dim("–");
    terminal()
        .out()
        .println(
            String.format(
                "%s %-10s %s%s",
                mark,
                check.name(),
                check.text(),
                check.cure().isEmpty() ? "" : " → " + check.cure()));
  }

  private static Check program(String name, String program, String cure, String... arguments) {
    Optional<Path> found = Tools.onPath(program);
    return found.isEmpty()
        ? Check.absent(name, program + " is not on the PATH", cure)
        : firstLine(found.get(), arguments)
            .map(line -> Check.there(name, line))
            .orElseGet(() -> Check.absent(name, found.get() + " does not run", cure));
  }

  private static Check engine() {
    try {
      return Check.there("Engine", EngineCheck.describe());
    } catch (CommandFailure e) {
      return Check.absent("Engine", e.getMessage(), "see README, where it runs");
    }
  }

  private Check temporal() {
    Optional<Path> found = tools().installedTemporal();
    if (found.isEmpty()) {
      return Check.later("Temporal", "not installed yet", "the first `up` or `demo` installs it");
    }
    return firstLine(found.get(), "--version")
        .map(line -> Check.there("Temporal", line + " (" + found.get() + ")"))
        .orElseGet(
            () ->
                Check.absent(
                    "Temporal", found.get() + " does not run", "remove it, and run `up` again"));
  }

  private static Check tool(String name, Optional<Path> found, String cure) {
    return found
        .map(path -> Check.there(name, path.toString()))
        .orElseGet(() -> Check.later(name, "not installed", cure));
  }

  private List<Check> workspaceChecks() throws IOException, CommandFailure {
    List<Check> checks = new ArrayList<>();
    Path root = workspace();
    checks.add(server(root));
    if (Files.isWritable(root)) {
      Workspace workspace = openWorkspace(List.of());
      checks.add(Check.there("Workspace", root + ", id " + workspace.id()));
    } else {
      checks.add(Check.absent("Workspace", root + " is not writable", "use --workspace DIR"));
    }
    long free = Files.getFileStore(root).getUsableSpace();
    String disk =
        String.format(
            "%s free, data/stages takes %s",
            Words.size(free), Words.size(bytes(root.resolve("data/stages"))));
    checks.add(
        free >= DISK_NEEDED
            ? Check.there("Disk", disk)
            : Check.absent("Disk", disk, "make room: 1 GiB is needed"));
    return checks;
  }

  private Check server(Path root) throws IOException, CommandFailure {
    if (TemporalLink.explicit().isPresent()) {
      String address = TemporalLink.explicit().get().getAddress();
      try (TemporalLink link = Backend.running(root).orElseThrow()) {
        return Check.there("Server", link.address() + ", as the environment says");
      } catch (CommandFailure e) {
        return Check.absent("Server", e.getMessage(), "start it, or unset its address " + address);
      }
    }
    Optional<ServerFile> running = DevServer.running(root);
    return running
        .map(file -> Check.there("Server", "running at " + file.address() + ", UI " + file.ui()))
        .orElseGet(() -> Check.later("Server", "not running", "`" + command("up") + "` starts it"));
  }

  /**
   * Whether a night finds server and worker, also after a reboot.
   *
   * @param install the command that sees to it
   */
  static Check service(UserService service, String install)
      throws IOException, InterruptedException {
    if (!Files.exists(service.file())) {
      return Check.later(
          "Service",
          "not installed",
          "`" + install + "` brings server and worker back after a reboot, for schedules");
    }
    String state = service.hasSystemd() ? service.state() : "installed, but no systemd answers";
    String text = service.name() + " is " + state;
    return state.equals("active")
        ? Check.there("Service", text)
        : Check.later(
            "Service", text, "`journalctl --user --unit " + service.name() + "` says why");
  }

  private static Optional<String> firstLine(Path program, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean ended = process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0
          ? said.lines()
              .map(line -> COLOUR.matcher(line).replaceAll(""))
              .filter(line -> !line.isBlank())
              .findFirst()
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static long bytes(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
