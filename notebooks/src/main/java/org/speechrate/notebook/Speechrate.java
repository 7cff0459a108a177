package org.speechrate.notebook;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.temporal.client.WorkflowNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import tech.tablesaw.api.Table;

/** A workspace as a notebook sees it; connects to its Temporal server when first used. */
public final class Speechrate {
  /** Twice the same field is a slip of the pen, which a JSON tree would hide. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path workingDirectory;
  private final Map<String, String> environment;
  private final Supplier<ProgressLine> lines;
  private Connection connection;

  Speechrate(Path workingDirectory, Map<String, String> environment, Supplier<ProgressLine> lines) {
    this.workingDirectory = workingDirectory;
    this.environment = environment;
    this.lines = lines;
  }

  /**
   * The workspace that {@code SPEECHRATE_WORKSPACE} names, else the one that the working directory
   * lies in. Progress goes to standard output.
   */
  public static Speechrate here() {
    return new Speechrate(Path.of(""), System.getenv(), () -> ProgressLine.on(System.out));
  }

  /**
   * The workspace's folder.
   *
   * @throws NotebookException if there is none
   */
  public Path workspace() {
    String named = environment.getOrDefault("SPEECHRATE_WORKSPACE", "");
    if (!named.isBlank()) {
      Path folder = Path.of(named).toAbsolutePath().normalize();
      if (!Files.isDirectory(folder)) {
        throw new NotebookException("SPEECHRATE_WORKSPACE: \"" + named + "\" is no folder");
      }
      return folder;
    }
    Path start = workingDirectory.toAbsolutePath().normalize();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      // A module has a pom.xml too, but no data.
      if (Files.exists(folder.resolve("pom.xml")) && Files.isDirectory(folder.resolve("data"))) {
        return folder;
      }
    }
    throw new NotebookException(
        start + " is in no workspace (a folder with pom.xml and data/); set SPEECHRATE_WORKSPACE");
  }

  /**
   * Connects now.
   *
   * @throws NotebookException if no server runs
   */
  public Speechrate connect() {
    connection();
    return this;
  }

  /** Starts {@code Train} on the bundled sample with the default recipe. */
  public NotebookRun train() {
    return train("{}");
  }

  /**
   * Starts {@code Train}. The run itself checks the input, and fails within seconds where a field
   * is wrong; {@link NotebookRun#await()} then says which.
   *
   * @param json the run's JSON object, such as <code>{"training": {"epochs": 20}}</code>
   * @throws NotebookException if the text is no JSON
   */
  public NotebookRun train(String json) {
    JsonNode spec;
    try {
      spec = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : String.format(
                  " (line %d, column %d)",
                  e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw new NotebookException("not JSON: " + firstLine(e.getOriginalMessage()) + where, e);
    }
    Connection server = connection();
    try {
      return new NotebookRun(
          server.runs().train(spec, "started from a notebook"), server::page, lines);
    } catch (RuntimeException e) {
      throw new NotebookException("cannot start the run: " + firstLine(e.getMessage()), e);
    }
  }

  /**
   * A run that was started earlier, here or elsewhere.
   *
   * @throws NotebookException if the server knows no such run
   */
  public NotebookRun find(String workflowId) {
    Connection server = connection();
    try {
      return new NotebookRun(server.runs().find(workflowId), server::page, lines);
    } catch (WorkflowNotFoundException e) {
      throw new NotebookException("no run has the workflow id \"" + workflowId + "\"", e);
    }
  }

  /**
   * Columns split, n, mse, mse_low, mse_high (95 % interval over speakers), mae, r2, baseline_mse
   * (the mean's), ridge_mse; what is undefined is missing.
   */
  public Table metrics(RunResult result) {
    return RunTables.metrics(result.evaluation());
  }

  /**
   * Columns sample_id, split, speaker_id, true_cps, predicted_cps; one row per utterance.
   *
   * @throws NotebookException if the run has no evaluation, or its file is not here
   */
  public Table predictions(RunResult result) {
    return RunTables.predictions(file(result, Stage.EVALUATION, "predictions.csv"));
  }

  /**
   * Columns epoch, train_mse, dev_mse.
   *
   * @throws NotebookException if the run has no training, or its file is not here
   */
  public Table history(RunResult result) {
    return RunTables.history(file(result, Stage.TRAINING, "history.csv"));
  }

  private Path file(RunResult result, Stage stage, String name) {
    String uri =
        result.stages().stream()
            .filter(state -> state.stage() == stage)
            .flatMap(state -> state.artifact().stream())
            .findFirst()
            .orElseThrow(
                () ->
                    new NotebookException(
                        "run " + result.workflowId() + " has no output of " + stage.word()))
            .uri();
    Path workspace = workspace();
    Path file = workspace.resolve(uri).resolve(name).normalize();
    if (!file.startsWith(workspace)) {
      throw new NotebookException(stage.word() + ": \"" + uri + "\" is outside the workspace");
    }
    if (!Files.exists(file)) {
      throw new NotebookException(
          String.format("%s: %s is not in the workspace %s", stage.word(), uri, workspace));
    }
    return file;
  }

  private synchronized Connection connection() {
    Path workspace = workspace();
    if (connection != null && connection.isStale(workspace)) {
      connection.close();
      connection = null;
    }
    if (connection == null) {
      connection = Connection.open(workspace, environment);
    } else {
      connection.check();
    }
    return connection;
  }

  static String firstLine(String text) {
    return text == null ? "no reason was given" : text.lines().findFirst().orElse("");
  }

  /** One line: the workspace, and the server where one is connected. */
  @Override
  public synchronized String toString() {
    if (connection == null) {
      return "workspace " + workspace() + ", not connected yet";
    }
    return "workspace "
        + workspace()
        + ", Temporal at "
        + connection.address()
        + connection.serverFile().map(server -> ", its UI at " + server.ui()).orElse("");
  }
}
