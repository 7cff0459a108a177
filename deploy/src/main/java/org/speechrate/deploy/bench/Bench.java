package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Lifetime;
import org.speechrate.deploy.Terminal;
import org.speechrate.deploy.Tools;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;

/**
 * What benches share: made inputs, fresh processes of both ways that end with the command, and a
 * folder for their stores that is removed with it.
 */
final class Bench implements AutoCloseable {
  private static final String SCRIPT = "python_way.py";
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private final Terminal terminal;
  private final Lifetime lifetime;
  private final Path folder;
  private final Path scratch;
  private final Path script;
  private final Optional<Path> python;
  private final Map<String, Object> machine = new LinkedHashMap<>();
  private final int repeat;
  private int stores;

  /** A process that has ended: its wall time, from its start on, and the JSON that it printed. */
  record Ran(double seconds, JsonNode json) {}

  /** A way that takes part by turns. */
  interface Way {
    Ran run() throws IOException, CommandFailure;
  }

  /** Makes inputs in an empty folder. */
  interface Maker {
    void make(Path folder) throws IOException, CommandFailure;
  }

  Bench(BenchCommand command, BenchOptions options) throws IOException, CommandFailure {
    this(command, options, Optional.empty());
  }

  /**
   * With a Python that has these, which are never installed for it.
   *
   * @param modules joined by commas
   */
  static Bench withPython(BenchCommand command, BenchOptions options, String modules)
      throws IOException, CommandFailure {
    return new Bench(command, options, Optional.of(modules));
  }

  private Bench(BenchCommand command, BenchOptions options, Optional<String> modules)
      throws IOException, CommandFailure {
    if (options.repeat < 1) {
      throw CommandFailure.wrongInput("--repeat must be at least 1, got " + options.repeat);
    }
    if (options.python != null && !Files.isExecutable(options.python.toAbsolutePath())) {
      throw CommandFailure.wrongInput("--python: no such program: " + options.python);
    }
    terminal = command.terminal();
    folder = command.workspace().resolve("data").resolve("bench");
    repeat = options.repeat;
    if (options.noPython) {
      python = Optional.empty();
    } else {
      python =
          Optional.of(
              options.python != null
                  ? options.python.toAbsolutePath()
                  : modules.isPresent()
                      ? Tools.onPath("python3")
                          .orElseThrow(() -> lacks(modules.get(), "no python3 is on the PATH"))
                      : command.tools().benchPython());
    }
    lifetime = new Lifetime();
    scratch = lifetime.add(AttemptFolder.begin(folder)).path();
    script = resource(SCRIPT);
    describeMachine(modules);
  }

  private static CommandFailure lacks(String modules, String why) {
    return CommandFailure.missing(
        why
            + "; name a Python that has "
            + modules.replaceFirst(",(?=[^,]*$)", " and ").replace(",", ", ")
            + " by --python PATH, or time our side alone with --no-python");
  }

  private void describeMachine(Optional<String> modules) throws IOException, CommandFailure {
    int cores = Runtime.getRuntime().availableProcessors();
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    if (load > cores / 2.0) {
      say(
          String.format(
              Locale.ROOT,
              "the machine is busy (load %.1f on %d cores): both ways suffer",
              load,
              cores));
    }
    machine.put("cores", cores);
    machine.put("load", load);
    machine.put("jvm", System.getProperty("java.vm.name") + " " + Runtime.version());
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    machine.put("python", null);
    if (hasPython()) {
      try {
        machine.put(
            "python", python("versions", modules.orElse("numpy,pandas,pydub,soundfile")).json());
      } catch (CommandFailure e) {
        close();
        if (modules.isPresent()) {
          throw lacks(modules.get(), e.getMessage());
        }
        throw CommandFailure.missing(
            e.getMessage() + "; without --python one with all that is needed is installed");
      }
    }
  }

  boolean hasPython() {
    return python.isPresent();
  }

  int repeat() {
    return repeat;
  }

  void say(String line) {
    terminal.say(line);
  }

  /** Inputs of that name, made where they are not there yet. */
  Path inputs(String name, Maker maker) throws IOException, CommandFailure {
    Path made = folder.resolve(name);
    if (!Files.isDirectory(made)) {
      say("making " + made + " (once) …");
      try (AttemptFolder fresh = lifetime.add(AttemptFolder.begin(folder))) {
        maker.make(fresh.path());
        Durable.publish(fresh.path(), made);
      }
    }
    return made;
  }

  /** A folder that no process has used. */
  Path newStore() throws IOException {
    return Files.createDirectory(scratch.resolve("store-" + ++stores));
  }

  /** Each way by turns, so that a busy minute of the machine falls on both. */
  Map<String, List<Ran>> byTurns(Map<String, Way> ways) throws IOException, CommandFailure {
    Map<String, List<Ran>> ran = new LinkedHashMap<>();
    for (int i = 1; i <= repeat; i++) {
      for (Map.Entry<String, Way> way : ways.entrySet()) {
        say(String.format("%s, %d of %d …", way.getKey(), i, repeat));
        ran.computeIfAbsent(way.getKey(), name -> new ArrayList<>()).add(way.getValue().run());
      }
    }
    return ran;
  }

  /** Our stages in a fresh JVM. */
  Ran ours(String... arguments) throws IOException, CommandFailure {
    return java(StageProcess.class, List.of(arguments));
  }

  /** A class with a {@code main} in a fresh JVM. */
  Ran java(Class<?> main, List<String> arguments) throws IOException, CommandFailure {
    return java(List.of(), main, arguments);
  }

  /** The same with options of the JVM. */
  Ran java(List<String> options, Class<?> main, List<String> arguments)
      throws IOException, CommandFailure {
    List<String> command = new ArrayList<>(List.of(JAVA));
    command.addAll(options);
    // The launcher's, as a worker has them; not what the tests' JVM is started with.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(
            option -> option.startsWith("-XX:SharedArchiveFile=") || option.startsWith("-Xlog:cds"))
        .forEach(command::add);
    command.add("-Dspeechrate.stderr=OFF");
    command.add("-Dspeechrate.log=" + scratch.resolve("stages.log"));
    command.add(main.getName());
    command.addAll(arguments);
    return run(command);
  }

  /** A program that is compiled as it starts. */
  Ran source(String name, String option, String... arguments) throws IOException, CommandFailure {
    List<String> command = new ArrayList<>(List.of(JAVA, option, resource(name).toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private Path resource(String name) throws IOException {
    Path file = scratch.resolve(name);
    try (InputStream content = Bench.class.getResourceAsStream(name)) {
      Files.write(file, content.readAllBytes());
    }
    return file;
  }

  /** The Python way in a fresh process. */
  Ran python(String... arguments) throws IOException, CommandFailure {
    List<String> command =
        new ArrayList<>(List.of(python.orElseThrow().toString(), script.toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private Ran run(List<String> command) throws IOException, CommandFailure {
    Path errors = scratch.resolve("errors.txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    long began = System.nanoTime();
    Process process = builder.start();
    lifetime.add(() -> end(process));
    process.getOutputStream().close();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    process.getInputStream().transferTo(out);
    try {
      int code = process.waitFor();
      double seconds = (System.nanoTime() - began) / 1e9;
      if (code != 0) {
        throw CommandFailure.failed(
            String.format("%s failed: %s", Path.of(command.get(0)).getFileName(), last(errors)));
      }
      return new Ran(seconds, Json.read(out.toByteArray(), JsonNode.class));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.failed("interrupted");
    }
  }

  /** With what it started itself, such as ffmpeg. */
  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }

  static void requireFolder(String option, Path folder) throws CommandFailure {
    if (folder != null && !Files.isDirectory(folder)) {
      throw CommandFailure.wrongInput(option + ": no such folder: " + folder);
    }
  }

  static List<Double> walls(List<Ran> ran) {
    return ran.stream().map(Ran::seconds).toList();
  }

  /** What the newest one printed. */
  static JsonNode last(List<Ran> ran) {
    return ran.get(ran.size() - 1).json();
  }

  /** Seconds by stage and part, of one round of {@link StageProcess}. */
  static Map<String, Map<String, Double>> parts(JsonNode round) {
    Map<String, Map<String, Double>> parts = new LinkedHashMap<>();
    round
        .fields()
        .forEachRemaining(
            stage -> {
              Map<String, Double> seconds = new LinkedHashMap<>();
              for (String part : Report.PARTS) {
                seconds.put(part, stage.getValue().path(part).asDouble());
              }
              parts.put(stage.getKey(), seconds);
            });
    return parts;
  }

  private static String last(Path errors) throws IOException {
    return Files.readString(errors, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .orElse("it gave no reason");
  }

  /** A report that knows the machine. */
  Report report(String bench) {
    return new Report().fact("bench", bench).fact("repeat", repeat).fact("machine", machine);
  }

  @Override
  public void close() {
    lifetime.close();
  }
}
