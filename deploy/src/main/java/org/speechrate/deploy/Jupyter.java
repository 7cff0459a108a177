package org.speechrate.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.speechrate.store.Durable;

/**
 * The private Jupyter, with a Java kernel that has the notebooks' library on its class path and
 * knows its workspace. Its files lie in a temporary folder, which is gone once it is closed.
 */
final class Jupyter implements AutoCloseable {
  /** Under this name the JJava package installs its own kernel, which ours stands in for. */
  private static final String KERNEL = "java";

  private static final String FIRST_PAGE = "lab/tree/01-first-run.ipynb";

  /** Seen: 2 s on an idle machine. */
  private static final Duration START_DEADLINE = Duration.ofSeconds(60);

  private static final long LOOK_MILLIS = 100;

  private static final JsonMapper JSON = new JsonMapper();

  private final Path programs;
  private final Path repository;
  private final Path folder;

  private Jupyter(Path programs, Path repository, Path folder) {
    this.programs = programs;
    this.repository = repository;
    this.folder = folder;
  }

  static Jupyter open(Tools tools, Path repository, Path workspace)
      throws IOException, CommandFailure {
    Path programs = tools.jupyter().getParent();
    Path built = repository.resolve("notebooks/target/classpath");
    if (!Files.exists(built)) {
      throw CommandFailure.missing(
          built + " is missing: the notebooks' library is not built; `mvn package` builds it");
    }
    Path folder = Files.createTempDirectory("speechrate-jupyter").toRealPath();
    Jupyter jupyter = new Jupyter(programs, repository, folder);
    try {
      jupyter.writeLabConfig();
      jupyter.writeKernel(
          repository.resolve("notebooks/target/classes")
              + File.pathSeparator
              + Files.readString(built).strip(),
          workspace);
      return jupyter;
    } catch (IOException e) {
      jupyter.close();
      throw e;
    }
  }

  /** No question whether this user wants news, and none to the web whether there is an update. */
  private void writeLabConfig() throws IOException {
    Path file = folder.resolve("labconfig/page_config.json");
    Files.createDirectories(file.getParent());
    JSON.writeValue(
        file.toFile(),
        Map.of("disabledExtensions", Map.of("@jupyterlab/apputils-extension:announcements", true)));
  }

  private void writeKernel(String classPath, Path workspace) throws IOException {
    Path jar = programs.resolveSibling("share/jupyter/kernels/java/jjava.jar");
    Map<String, Object> kernel = new LinkedHashMap<>();
    kernel.put(
        "argv",
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // Cells are compiled once and run once: the second compiler costs more than it saves.
            "-XX:TieredStopAtLevel=1",
            "--add-opens",
            "jdk.jshell/jdk.jshell=ALL-UNNAMED",
            "-jar",
            jar.toString(),
            "{connection_file}"));
    kernel.put("display_name", "Java (jjava)"); // as in the notebooks, so that saving changes none
    kernel.put("language", "java");
    kernel.put("interrupt_mode", "message");
    kernel.put(
        "env",
        Map.of(
            "JJAVA_CLASSPATH", classPath,
            "SPEECHRATE_WORKSPACE", workspace.toString(),
            "SPEECHRATE_COMMAND", writeCommand().toString()));
    Path file = folder.resolve("kernels").resolve(KERNEL).resolve("kernel.json");
    Files.createDirectories(file.getParent());
    JSON.writeValue(file.toFile(), kernel);
  }

  /** The `speechrate` command as a program: of this build, and with no look at what is stale. */
  private Path writeCommand() throws IOException {
    String java =
        DetachedUp.command(List.of()).stream().map(Words::quoted).collect(Collectors.joining(" "));
    Path script = folder.resolve("speechrate");
    Files.writeString(
        script,
        "#!/bin/sh\nexport CLASSPATH="
            + Words.quoted(System.getProperty("java.class.path"))
            + "\nexec "
            + java
            + " \"$@\"\n");
    if (!script.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + script + " executable");
    }
    return script;
  }

  /** A running program of Jupyter's. */
  static final class Running implements AutoCloseable {
    /** Kernels are asked to leave first. */
    private static final long GRACE_SECONDS = 20;

    private final Process process;
    private final Path log;

    private Running(Process process, Path log) {
      this.process = process;
      this.log = log;
    }

    int waitFor() throws InterruptedException {
      int exit = process.waitFor();
      if (Lifetime.processEnds()) {
        Thread.currentThread().join(); // it was ended by us, which is nobody's news
      }
      return exit;
    }

    String lastLine() throws IOException {
      return Tools.lastLine(log);
    }

    @Override
    public void close() {
      List<ProcessHandle> kernels = process.descendants().toList();
      process.destroy();
      try {
        if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
      kernels.forEach(ProcessHandle::destroyForcibly);
    }
  }

  /**
   * Starts JupyterLab on the notebooks, on this machine's loopback address alone.
   *
   * @param port 0 for a free one
   * @param log of its output
   */
  Running lab(int port, boolean browser, Path log) throws IOException {
    return start(
        log,
        Map.of(), // with the settings that this user has made in other labs
        List.of(
            programs.resolve("jupyter-lab").toString(),
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=" + (port == 0 ? PortOption.free() : port),
            "--ServerApp.root_dir=" + repository.resolve("notebooks"),
            "--ServerApp.open_browser=" + (browser ? "True" : "False"),
            "--ServerApp.allow_root=True", // whoever is root has started us as root
            "--LabApp.default_url=/" + FIRST_PAGE,
            "--LabApp.extension_manager=readonly")); // the other one asks PyPI
  }

  /** Where the lab answers, with its token; waits until it does. */
  String address(Running lab) throws IOException, InterruptedException, CommandFailure {
    Path file = folder.resolve("runtime/jpserver-" + lab.process.pid() + ".json");
    Instant deadline = Instant.now().plus(START_DEADLINE);
    while (true) {
      boolean alive = lab.process.isAlive();
      if (Files.exists(file)) {
        try {
          JsonNode server = JSON.readTree(file.toFile());
          if (server.hasNonNull("token")) {
            return server.get("url").asText()
                + FIRST_PAGE
                + "?token="
                + server.get("token").asText();
          }
        } catch (JsonProcessingException e) {
          // Half written: it is whole at the next look.
        }
      }
      if (!alive || Instant.now().isAfter(deadline)) {
        throw CommandFailure.failed(
            String.format("JupyterLab did not start: %s (%s)", lab.lastLine(), lab.log));
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /**
   * Executes a notebook in its own folder.
   *
   * @param executed the notebook with outputs, up to the cell that failed
   */
  Running execute(Path notebook, Path executed, Path log) throws IOException {
    return start(
        log,
        noSettings(),
        List.of(
            programs.resolve("python").toString(),
            repository.resolve("deploy/tools/execute_notebook.py").toString(),
            notebook.toString(),
            executed.toString()));
  }

  /** Writes executed notebooks as pages that load nothing from the web. */
  Running export(List<Path> executed, Path directory, Path log) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                programs.resolve("jupyter-nbconvert").toString(),
                "--to=html",
                "--output-dir=" + directory,
                // Its template asks the web for these in each page.
                "--HTMLExporter.require_js_url=",
                "--HTMLExporter.mathjax_url="));
    executed.forEach(file -> command.add(file.toString()));
    return start(log, noSettings(), command);
  }

  /** What comes out must not depend on whose machine it is. */
  private Map<String, String> noSettings() {
    String none = folder.resolve("settings").toString();
    return Map.of("JUPYTER_CONFIG_DIR", none, "JUPYTER_DATA_DIR", none, "IPYTHONDIR", none);
  }

  private Running start(Path log, Map<String, String> settings, List<String> command)
      throws IOException {
    Files.createDirectories(log.getParent());
    Files.deleteIfExists(log);
    Files.createFile(log);
    File file = log.toFile();
    if (!file.setReadable(false, false) || !file.setReadable(true, true)) {
      throw new IOException("cannot keep others from reading " + log); // it tells the token
    }
    // A session of its own: Ctrl-C must reach us alone, who then end it and its kernels in order.
    ProcessBuilder builder =
        new ProcessBuilder(DetachedProcess.command(command))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    for (String path : List.of("JUPYTER_PATH", "JUPYTER_CONFIG_PATH")) {
      environment.merge(
          path, folder.toString(), (theirs, ours) -> ours + File.pathSeparator + theirs);
    }
    environment.put("JUPYTER_RUNTIME_DIR", folder.resolve("runtime").toString());
    environment.putAll(settings);
    Process process = builder.start();
    process.getOutputStream().close();
    return new Running(process, log);
  }

  @Override
  public void close() throws IOException {
    Durable.deleteFolder(folder);
  }
}
