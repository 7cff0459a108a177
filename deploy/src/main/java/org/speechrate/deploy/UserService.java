package org.speechrate.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.speechrate.store.Json;

/** A workspace's systemd unit, of its user and not of the system. */
final class UserService {
  private static final long PATIENCE_SECONDS = 60;

  /** What {@code up} needs of the environment; systemd gives a user's service little of its own. */
  private static final List<String> VARIABLES = List.of("PATH", "JAVA_HOME", "DJL_CACHE_DIR");

  private static final int NAME_DIGITS = 8;

  private final Path launcher;
  private final Path workspace;
  private final Path units;
  private final String systemctl;

  /**
   * @param launcher {@code deploy/speechrate} of the user's clone
   * @param units where systemd looks for the user's units
   * @param systemctl the program
   */
  UserService(Path launcher, Path workspace, Path units, String systemctl) {
    this.launcher = launcher;
    this.workspace = workspace;
    this.units = units;
    this.systemctl = systemctl;
  }

  static UserService of(Path repository, Path workspace, Map<String, String> environment) {
    String config = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
    return new UserService(
        repository.resolve("deploy/speechrate"),
        workspace,
        (config.isEmpty() ? home.resolve(".config") : Path.of(config)).resolve("systemd/user"),
        "systemctl");
  }

  /** One for each workspace, such as speechrate-0a1b2c3d.service. */
  String name() {
    byte[] hash = Json.sha256().digest(workspace.toString().getBytes(StandardCharsets.UTF_8));
    return "speechrate-" + HexFormat.of().formatHex(hash).substring(0, NAME_DIGITS) + ".service";
  }

  Path file() {
    return units.resolve(name());
  }

  /**
   * The unit's text.
   *
   * @param options of {@code up}
   */
  String unit(List<String> options, Map<String, String> environment) {
    List<String> command =
        new ArrayList<>(List.of(launcher.toString(), "--workspace", workspace.toString(), "up"));
    command.addAll(options);
    String variables =
        VARIABLES.stream()
            .filter(name -> !environment.getOrDefault(name, "").isEmpty())
            .map(name -> "Environment=" + quoted(name + "=" + environment.get(name), false) + "\n")
            .collect(Collectors.joining());
    return "# Written by `speechrate service install`.\n"
        + "[Unit]\n"
        + "Description=speechrate: Temporal server, UI and worker of "
        + workspace.toString().replace("%", "%%")
        + "\n\n[Service]\nType=exec\n"
        + "ExecStart="
        + command.stream().map(word -> quoted(word, true)).collect(Collectors.joining(" "))
        + "\n"
        + variables
        + "Restart=on-failure\n"
        + "RestartSec=10\n"
        + "# 2: its options are wrong, and stay so.\n"
        + "RestartPreventExitStatus=2\n"
        + "# It ends its worker first, which writes its checkpoint, and then the server.\n"
        + "KillMode=mixed\n"
        + "TimeoutStopSec=90\n"
        + "SuccessExitStatus=143\n\n"
        + "[Install]\nWantedBy=default.target\n";
  }

  /**
   * @param command whether it stands in one, where systemd replaces variables
   */
  private static String quoted(String word, boolean command) {
    String escaped = word.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%");
    return '"' + (command ? escaped.replace("$", "$$") : escaped) + '"';
  }

  /** Whether the user has a systemd that answers. */
  boolean hasSystemd() throws InterruptedException {
    try {
      return systemctl("show-environment").exit() == 0;
    } catch (IOException e) {
      return false; // there is no such program
    }
  }

  /** Writes the unit, and starts it now and at each boot. */
  void install(String unit) throws IOException, InterruptedException, CommandFailure {
    Files.createDirectories(units);
    Files.writeString(file(), unit);
    require("daemon-reload");
    require("enable", name());
    // Another one of this name may run, with other options.
    require("restart", name());
  }

  /**
   * @return whether there was one
   */
  boolean remove() throws IOException, InterruptedException, CommandFailure {
    if (!Files.exists(file())) {
      return false;
    }
    require("disable", "--now", name());
    Files.delete(file());
    require("daemon-reload");
    return true;
  }

  /** Such as "active", "inactive" or "failed". */
  String state() throws IOException, InterruptedException {
    String state = systemctl("is-active", name()).said();
    return state.isEmpty() ? "unknown" : state;
  }

  /** Whether the user's services run though nobody is logged in; empty where nobody knows. */
  static Optional<Boolean> lingers(String user) throws InterruptedException {
    try {
      Said said = run(List.of("loginctl", "show-user", user, "--property=Linger", "--value"));
      return said.exit() == 0 ? Optional.of(said.said().equals("yes")) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private void require(String... words) throws IOException, InterruptedException, CommandFailure {
    Said said = systemctl(words);
    if (said.exit() != 0) {
      throw CommandFailure.failed(
          String.format("systemctl --user %s: %s", String.join(" ", words), said.said()));
    }
  }

  private record Said(int exit, String said) {}

  private Said systemctl(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(systemctl, "--user"));
    command.addAll(List.of(words));
    return run(command);
  }

  private static Said run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Said(process.waitFor(), said.strip().lines().findFirst().orElse(""));
  }
}
