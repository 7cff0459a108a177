package org.speechrate.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.speechrate.run.Notifier;
import org.speechrate.store.Durable;
import org.speechrate.store.Workspace;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate notebook}. */
@Command(
    name = "notebook",
    mixinStandardHelpOptions = true,
    header = {"Open the notebooks in JupyterLab.", ""},
    sortOptions = false,
    description = {
      "Opens JupyterLab on the folder notebooks/, with a Java kernel that has a connected client as"
          + " `sr`; prints its address, and stays until Ctrl-C. It uses the server and the worker"
          + " that run in this workspace (`speechrate up`); where none run it starts them, and stops"
          + " them at its end: a run that is under way then stands still.",
      "",
      "JupyterLab and the kernel are installed into .tools/ the first time; later no network is"
          + " needed. It listens on this machine only, and asks for the token in the address.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate notebook",
      "  deploy/speechrate notebook --no-browser --port 8888   from afar: ssh -L 8888:localhost:8888",
      "  deploy/speechrate notebook --check                    all, in a workspace that is gone"
          + " afterwards",
      "  deploy/speechrate notebook --html pages 01-first-run",
      "",
      "More: deploy/docs/notebooks.md. Exit codes: 0 done, 1 a notebook failed, 2 wrong input,"
          + " 3 something is missing on this machine, 130 Ctrl-C."
    })
final class NotebookCommand extends Subcommand {
  private static final JsonMapper JSON = new JsonMapper();

  /** The kernel paints what it says of a failure. */
  private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Port of JupyterLab (default: a free one).")
  private int port;

  @Option(names = "--no-browser", description = "Open no browser; print the address alone.")
  private boolean noBrowser;

  @ArgGroup private Headless headless;

  @Parameters(
      paramLabel = "NAME",
      description =
          "With --check or --html: notebooks of notebooks/, such as 01-first-run or 01 (default:"
              + " all).")
  private List<String> names = new ArrayList<>();

  @Mixin private WorkerArguments worker;

  /** What is done without a browser. */
  static final class Headless {
    @Option(
        names = "--check",
        description =
            "Execute the notebooks, one after another, and tell of each whether it runs. Without"
                + " --workspace, in a new one with the bundled sample that is deleted afterwards.")
    private boolean check;

    @Option(
        names = "--html",
        paramLabel = "DIR",
        description =
            "Execute the notebooks in this workspace, and write each with its outputs as a page"
                + " that needs no network.")
    private Path html;
  }

  @Override
  public Integer call() throws Exception {
    PortOption.inRange("--port", port);
    InetSocketAddress metrics = worker.metrics();
    Path repository = Tools.repository();
    if (headless == null && !names.isEmpty()) {
      throw CommandFailure.wrongInput(
          "names of notebooks go with --check or --html, got " + String.join(" ", names));
    }
    List<Path> notebooks = notebooks(repository.resolve("notebooks"));
    if (headless == null) {
      PortOption.requireFree("--port", port);
    } else if (headless.html != null) {
      requireFolder(headless.html);
    }
    try (Lifetime lifetime = new Lifetime()) {
      Workspace workspace = worker.open(root(lifetime));
      Sample.provide(workspace.root(), repository, terminal());
      Jupyter jupyter = lifetime.add(Jupyter.open(tools(), repository, workspace.root()));
      Backend backend =
          Backend.open(lifetime, terminal(), tools(), workspace, DevServer.Ports.FREE, false);
      Set<String> unserved = backend.unserved(backend.link());
      if (!unserved.isEmpty()) {
        backend.startWorker(unserved, worker.hosts(), Notifier.NOBODY, metrics, headless != null);
      }
      worker.tellWhereUnused(unserved, terminal());
      return headless == null
          ? lab(lifetime, jupyter, workspace.root())
          : execute(lifetime, jupyter, notebooks);
    }
  }

  private static void requireFolder(Path directory) throws CommandFailure {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw CommandFailure.wrongInput("--html: " + directory + " is no folder");
    }
  }

  /** Where runs go: a check's are nobody's results, and leave the user's models alone. */
  private Path root(Lifetime lifetime) throws IOException, CommandFailure {
    if (headless == null
        || !headless.check
        || namesWorkspace()
        || TemporalLink.explicit().isPresent()) { // whose worker serves one workspace alone
      return workspace();
    }
    Path folder = Files.createTempDirectory("speechrate-check").toRealPath();
    lifetime.add(() -> Durable.deleteFolder(folder));
    return folder;
  }

  private int lab(Lifetime lifetime, Jupyter jupyter, Path root)
      throws IOException, InterruptedException, CommandFailure {
    Path log = root.resolve("data/logs/jupyter.log");
    Jupyter.Running lab = lifetime.add(jupyter.lab(port, !noBrowser, log));
    terminal().out().println(jupyter.address(lab));
    terminal().say("Ctrl-C stops it");
    if (lab.waitFor() != 0) {
      throw CommandFailure.failed("JupyterLab ended: " + lab.lastLine() + " (" + log + ")");
    }
    return Exit.DONE;
  }

  private int execute(Lifetime lifetime, Jupyter jupyter, List<Path> notebooks)
      throws IOException, InterruptedException, CommandFailure {
    Path folder = Files.createTempDirectory("speechrate-notebooks").toRealPath();
    lifetime.add(() -> Durable.deleteFolder(folder));
    List<Path> executed = new ArrayList<>();
    for (Path notebook : notebooks) {
      Path result = folder.resolve(notebook.getFileName());
      Instant begin = Instant.now();
      Jupyter.Running execution =
          lifetime.add(jupyter.execute(notebook, result, folder.resolve("execution.log")));
      boolean done = execution.waitFor() == 0;
      if (done) {
        executed.add(result);
      }
      double seconds = Duration.between(begin, Instant.now()).toMillis() / 1e3;
      String reason = done ? "" : "  " + failure(result).orElse("Jupyter: " + execution.lastLine());
      terminal()
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "%-22s %s %6.1f s%s",
                  name(notebook),
                  done ? terminal().green("ok    ") : terminal().red("failed"),
                  seconds,
                  reason));
    }
    if (headless.html != null && !executed.isEmpty()) {
      export(lifetime, jupyter, executed, folder.resolve("export.log"));
    }
    return executed.size() == notebooks.size() ? Exit.DONE : Exit.RUN_FAILED;
  }

  private void export(Lifetime lifetime, Jupyter jupyter, List<Path> executed, Path log)
      throws IOException, InterruptedException, CommandFailure {
    Files.createDirectories(headless.html);
    Path fresh = Files.createTempDirectory(headless.html, ".notebooks").toRealPath();
    lifetime.add(() -> Durable.deleteFolder(fresh));
    Jupyter.Running export = lifetime.add(jupyter.export(executed, fresh, log));
    if (export.waitFor() != 0) {
      throw CommandFailure.failed("the pages could not be written: " + export.lastLine());
    }
    for (Path notebook : executed) {
      String page = name(notebook) + ".html";
      Path target = headless.html.resolve(page);
      Files.move(
          fresh.resolve(page),
          target,
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      terminal().out().println(target);
    }
  }

  /** What the first failing cell says, in one line. */
  static Optional<String> failure(Path executed) throws IOException {
    if (!Files.exists(executed)) {
      return Optional.empty();
    }
    int number = 0;
    for (JsonNode cell : JSON.readTree(executed.toFile()).path("cells")) {
      if (cell.path("cell_type").asText().equals("code")) {
        number++;
      }
      for (JsonNode output : cell.path("outputs")) {
        if (output.path("output_type").asText().equals("error")) {
          return Optional.of("cell " + number + ": " + line(output));
        }
      }
    }
    return Optional.empty();
  }

  /** Without the frames of a trace, and the source that a compiler's message begins with. */
  private static String line(JsonNode error) {
    String said =
        StreamSupport.stream(error.path("traceback").spliterator(), false)
            .flatMap(text -> COLOUR.matcher(text.asText()).replaceAll("").lines())
            .filter(line -> !line.isBlank() && !line.startsWith("\tat ") && !line.startsWith("|"))
            .map(line -> line.strip().replaceAll("\\s+", " "))
            .collect(Collectors.joining("; "));
    return said.isEmpty()
        ? error.path("ename").asText() + ": " + error.path("evalue").asText()
        : said.replaceFirst("^org\\.speechrate\\.notebook\\.NotebookException: ", "");
  }

  /**
   * Those that are named, else all, in the order of their numbers.
   *
   * @throws CommandFailure if there is none of a name
   */
  private List<Path> notebooks(Path folder) throws IOException, CommandFailure {
    List<Path> known;
    try (Stream<Path> files = Files.list(folder)) {
      known = files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    }
    for (String wanted : names) {
      if (known.stream().noneMatch(file -> isNamed(file, wanted))) {
        throw CommandFailure.wrongInput(
            String.format(
                "there is no notebook %s in %s; known: %s",
                wanted,
                folder,
                known.stream().map(NotebookCommand::name).collect(Collectors.joining(", "))));
      }
    }
    return known.stream()
        .filter(file -> names.isEmpty() || names.stream().anyMatch(wanted -> isNamed(file, wanted)))
        .toList();
  }

  private static boolean isNamed(Path file, String wanted) {
    String plain = wanted.substring(wanted.lastIndexOf('/') + 1).replaceFirst("\\.ipynb$", "");
    return name(file).equals(plain) || name(file).startsWith(plain + "-");
  }

  private static String name(Path notebook) {
    return notebook.getFileName().toString().replaceFirst("\\.ipynb$", "");
  }
}
