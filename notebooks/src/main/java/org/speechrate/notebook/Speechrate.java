package org.speechrate.notebook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.grpc.StatusRuntimeException;
import io.temporal.client.WorkflowExecutionMetadata;
import io.temporal.client.WorkflowNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunHandle;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.PredictSpecReader;
import org.speechrate.pipeline.PredictWorkflow;
import org.speechrate.pipeline.ProbeSpecReader;
import org.speechrate.pipeline.ProbeWorkflow;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.SweepSpecReader;
import org.speechrate.pipeline.SweepWorkflow;
import org.speechrate.pipeline.TrainWorkflow;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.sweep.SweepResult;
import tech.tablesaw.api.Table;

/** A workspace as a notebook sees it; connects to its Temporal server when first used. */
public final class Speechrate {
  private static final JsonMapper MAPPER = new JsonMapper();

  private static final Map<String, Class<?>> RESULTS =
      Map.of(
          TrainWorkflow.TYPE,
          RunResult.class,
          SweepWorkflow.TYPE,
          SweepResult.class,
          ProbeWorkflow.TYPE,
          ProbeResult.class,
          PredictWorkflow.TYPE,
          PredictResult.class);

  /** Of the runs that Temporal lists; ended ones are in files. */
  private static final int MOST_LISTED = 1000;

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
  public NotebookRun<RunResult> train() {
    return train("{}");
  }

  /**
   * Starts {@code Train}.
   *
   * @throws NotebookException if a value is not allowed
   */
  public NotebookRun<RunResult> train(TrainSpec spec) {
    return train(spec.json());
  }

  /**
   * Starts {@code Train}.
   *
   * @param json the run's JSON object, such as <code>{"training": {"epochs": 20}}</code>
   * @throws NotebookException if the text is no JSON, a field is unknown, or a value is not allowed
   */
  public NotebookRun<RunResult> train(String json) {
    return start(json, RunSpecReader::read, RunClient::train, RunResult.class);
  }

  /**
   * Starts {@code Sweep}: many variants, ranked by their dev MSE.
   *
   * @throws NotebookException if a value is not allowed
   */
  public NotebookRun<SweepResult> sweep(SweepSpec spec) {
    return sweep(spec.json());
  }

  /**
   * Starts {@code Sweep}.
   *
   * @throws NotebookException if the text is no JSON, a field is unknown, or a value is not allowed
   */
  public NotebookRun<SweepResult> sweep(String json) {
    return start(json, SweepSpecReader::read, RunClient::sweep, SweepResult.class);
  }

  /**
   * Starts {@code Probe}: how well each layer of an encoder tells of speech rate.
   *
   * @throws NotebookException if a value is not allowed
   */
  public NotebookRun<ProbeResult> probe(ProbeSpec spec) {
    return probe(spec.json());
  }

  /**
   * Starts {@code Probe}.
   *
   * @throws NotebookException if the text is no JSON, a field is unknown, or a value is not allowed
   */
  public NotebookRun<ProbeResult> probe(String json) {
    return start(json, ProbeSpecReader::read, RunClient::probe, ProbeResult.class);
  }

  /**
   * Starts {@code Predict} with a published model.
   *
   * @throws NotebookException if a value is not allowed
   */
  public NotebookRun<PredictResult> predict(PredictSpec spec) {
    return predict(spec.json());
  }

  /**
   * Starts {@code Predict}.
   *
   * @throws NotebookException if the text is no JSON, a field is unknown, or a value is not allowed
   */
  public NotebookRun<PredictResult> predict(String json) {
    return start(json, PredictSpecReader::read, RunClient::predict, PredictResult.class);
  }

  /** Starts a run by a client. */
  private interface Start {
    RunHandle with(RunClient client, JsonNode spec, String summary);
  }

  /**
   * @param check the run's own reader, which refuses what the run would
   */
  private <R> NotebookRun<R> start(
      String json, Consumer<String> check, Start start, Class<R> result) {
    JsonNode spec;
    try {
      check.accept(json);
      spec = MAPPER.readTree(json.isBlank() ? "{}" : json);
    } catch (Refusal e) {
      throw new NotebookException(firstLine(e.getMessage()), e);
    } catch (JsonProcessingException e) {
      throw new NotebookException("not JSON: " + firstLine(e.getOriginalMessage()), e);
    }
    Connection server = connection();
    try {
      return new NotebookRun<>(
          start.with(server.runs(), spec, "started from a notebook"), result, server::page, lines);
    } catch (RuntimeException e) {
      throw new NotebookException("cannot start the run: " + firstLine(e.getMessage()), e);
    }
  }

  /**
   * A run of {@code Train} that was started earlier, here or elsewhere.
   *
   * @throws NotebookException if the server knows no such run, or it is of another type
   */
  public NotebookRun<RunResult> find(String workflowId) {
    return find(workflowId, RunResult.class);
  }

  /**
   * A run that was started earlier, here or elsewhere.
   *
   * @param result {@code RunResult}, {@code SweepResult}, {@code ProbeResult} or {@code
   *     PredictResult}
   * @throws NotebookException if the server knows no such run, or it is of another type
   */
  public <R> NotebookRun<R> find(String workflowId, Class<R> result) {
    Connection server = connection();
    try {
      RunHandle handle = server.runs().find(workflowId);
      Class<?> known = RESULTS.get(handle.type());
      if (known != result) {
        throw new NotebookException(
            String.format(
                "%s is a run of %s%s",
                workflowId,
                handle.type(),
                known == null
                    ? ""
                    : ": sr.find(\"" + workflowId + "\", " + known.getSimpleName() + ".class)"));
      }
      return new NotebookRun<>(handle, result, server::page, lines);
    } catch (WorkflowNotFoundException e) {
      throw new NotebookException("no run has the workflow id \"" + workflowId + "\"", e);
    }
  }

  /**
   * All runs, those under way first, then the newest first: columns run (workflow id), type,
   * started (UTC), state, model, test_mse, mean_mse, test_r2, recipe, hidden, epochs,
   * learning_rate, seed, version (published), what. Those under way are there where a server runs;
   * what is not known is missing.
   */
  public Table runs() {
    List<RunRecord> ended;
    try {
      ended = new RunFiles(workspace()).all();
    } catch (IOException e) {
      throw unreadable(e);
    }
    Set<String> known = ended.stream().map(RunRecord::runId).collect(Collectors.toSet());
    List<RunRecord> all = new ArrayList<>();
    Map<String, String> types = new HashMap<>();
    live().stream()
        .filter(run -> !known.contains(run.getExecution().getRunId()))
        .forEach(
            run -> {
              types.put(run.getExecution().getRunId(), run.getWorkflowType());
              all.add(
                  new RunRecord(
                      run.getExecution().getWorkflowId(),
                      run.getExecution().getRunId(),
                      run.getStartTime().toString(),
                      "",
                      RunHandle.outcome(run),
                      "",
                      Optional.empty(),
                      List.of(),
                      Optional.empty()));
            });
    all.addAll(ended);
    return RunTables.runs(all, types);
  }

  /** Those that Temporal still knows, open ones first; none where no server answers. */
  private List<WorkflowExecutionMetadata> live() {
    Connection server;
    try {
      server = connection();
    } catch (NotebookException e) {
      return List.of();
    }
    try {
      return Stream.of("=", "!=")
          .flatMap(
              is ->
                  server
                      .runs()
                      .temporal()
                      .listExecutions(
                          RunClient.ANY_TYPE + " AND ExecutionStatus " + is + " 'Running'")
                      .limit(MOST_LISTED))
          .toList();
    } catch (StatusRuntimeException e) {
      throw new NotebookException("cannot list the runs: " + firstLine(e.getMessage()), e);
    }
  }

  /**
   * Published versions, the newest last: columns model, version, champion, created (UTC), test_mse,
   * mean_mse, test_r2, verdict.
   */
  public Table models() {
    Path folder = workspace().resolve("models");
    try {
      return RunTables.models(new ModelFolder(folder), folder);
    } catch (IOException e) {
      throw new NotebookException("cannot read models/: " + firstLine(e.getMessage()), e);
    }
  }

  /**
   * Makes a version the champion.
   *
   * @param who you are; who and why stand in the model's history
   * @return what has happened, in one line
   * @throws NotebookException if there is no such version
   */
  public String promote(String model, String version, String who, String why) {
    return command("models", "promote", model + "@" + version, "--who", who, "--why", why);
  }

  /**
   * Makes the champion before the present one the champion again.
   *
   * @param who you are; who and why stand in the model's history
   * @return what has happened, in one line
   * @throws NotebookException if there is no such model, or no champion before
   */
  public String rollback(String model, String who, String why) {
    return command("models", "rollback", model, "--who", who, "--why", why);
  }

  /**
   * Compares two or more runs or versions on the same test utterances.
   *
   * @param names workflow ids, or folders {@code models/<name>/<version>}
   * @throws NotebookException if one is not known, or they have no test utterance in common
   */
  public Comparison compare(String... names) {
    List<String> words = new ArrayList<>(List.of("compare", "--json"));
    words.addAll(List.of(names));
    try {
      return RunTables.comparison(command(words.toArray(new String[0])));
    } catch (IOException e) {
      throw new NotebookException("cannot read the comparison: " + firstLine(e.getMessage()), e);
    }
  }

  /** As {@link #compare(String...)}, of runs that have ended. */
  public Comparison compare(NotebookRun<?> a, NotebookRun<?> b) {
    return compare(a.workflowId(), b.workflowId());
  }

  /** As {@link #embed(String, String)}, by the encoder of the bundled sample. */
  public Embeddings embed(String recordings) {
    return embed(recordings, RunSpecReader.SAMPLE_ENCODER);
  }

  /**
   * Makes embeddings of recordings, or finds those that were made before: whatever its name, audio
   * is encoded once.
   *
   * @param recordings folder of audio files, or one file; a relative path begins at the workspace
   * @param encoder its name below {@code models/encoders/}, or its folder
   * @return also which recordings have none, such as silent ones, and why
   * @throws NotebookException if there is no such folder or encoder, or no recording gives an
   *     embedding
   */
  public Embeddings embed(String recordings, String encoder) {
    Path audio = inWorkspace("recordings", recordings);
    boolean isPath = encoder.contains("/") || encoder.contains("\\");
    String itsFolder = isPath ? inWorkspace("encoder", encoder).toString() : encoder;
    ProgressLine line = lines.get();
    line.show("looking at " + recordings);
    long began = System.nanoTime();
    try {
      Path folder = Files.createTempDirectory("speechrate-");
      try {
        Path made = folder.resolve("embeddings");
        new Launcher(workspace(), environment)
            .run(
                List.of(
                    "embeddings",
                    "convert",
                    audio.toString(),
                    made.toString(),
                    "--to",
                    "matrix",
                    "--encoder",
                    itsFolder),
                line);
        Embeddings embeddings = Embeddings.read(made);
        line.show(
            String.format(
                Locale.ROOT, "%s, after %.0f s", embeddings, (System.nanoTime() - began) / 1e9));
        return embeddings;
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new NotebookException("cannot embed " + recordings + ": " + e.getMessage(), e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private Path inWorkspace(String what, String path) {
    try {
      if (!path.isBlank()) {
        return workspace().resolve(path).normalize();
      }
    } catch (InvalidPathException e) {
      // Said below.
    }
    throw new NotebookException(what + " must be a path, got \"" + path + "\"");
  }

  /**
   * Runs the {@code speechrate} command in this workspace, for what it alone can do.
   *
   * @param words such as {@code "schedule", "list"}
   * @return what it printed
   * @throws NotebookException if it failed; the message is its own line
   */
  public String command(String... words) {
    return new Launcher(workspace(), environment).run(List.of(words));
  }

  /**
   * The variants of a sweep, the best first: columns rank, variant, state, dev_mse, kept_epoch,
   * epochs, a column for each field that they differ in, failure.
   */
  public Table leaderboard(SweepResult result) {
    return RunTables.leaderboard(result);
  }

  /**
   * The layers of a probe: columns layer, dimension, weight; of ridge and network each dev_r2,
   * test_r2, test_low, test_high (95 % interval), control_r2 and selectivity; bits, compression,
   * cca, failure.
   */
  public Table layers(ProbeResult result) {
    return RunTables.layers(result);
  }

  /**
   * Columns split, n, mse, mse_low, mse_high (95 % interval over speakers), mae, r2, baseline_mse
   * (the mean's), ridge_mse; what is undefined is missing.
   */
  public Table metrics(RunResult result) {
    return RunTables.metrics(result.evaluation());
  }

  /**
   * Columns sample_id, split, speaker_id, true_cps, predicted_cps and, where it has it, ridge_cps
   * (ridge regression's); one row per utterance.
   *
   * @throws NotebookException if the run has no evaluation, or its file is not here
   */
  public Table predictions(RunResult result) {
    return predictions(result.workflowId(), result.stages());
  }

  /** As {@link #predictions(RunResult)}: of a sweep the winner's. */
  public Table predictions(NotebookRun<?> run) {
    return predictions(run.workflowId(), run.stages());
  }

  /** As {@link #predictions(RunResult)}. */
  public Table predictions(String workflowId) {
    return predictions(workflowId, stages(workflowId));
  }

  private Table predictions(String run, List<StageState> stages) {
    return RunTables.predictions(file(run, stages, Stage.EVALUATION, "predictions.csv"));
  }

  /**
   * What a run of {@code Predict} has predicted: columns sample_id, split, cps.
   *
   * @throws NotebookException if its file is gone
   */
  public Table predictions(PredictResult result) {
    return RunTables.predicted(workspace().resolve(result.path()));
  }

  /**
   * Columns epoch, train_mse, dev_mse.
   *
   * @throws NotebookException if the run has no training, or its file is not here
   */
  public Table history(RunResult result) {
    return history(result.workflowId(), result.stages());
  }

  /** As {@link #history(RunResult)}. */
  public Table history(NotebookRun<?> run) {
    return history(run.workflowId(), run.stages());
  }

  /** As {@link #history(RunResult)}. */
  public Table history(String workflowId) {
    return history(workflowId, stages(workflowId));
  }

  private Table history(String run, List<StageState> stages) {
    return RunTables.history(file(run, stages, Stage.TRAINING, "history.csv"));
  }

  /**
   * What the model learnt from: columns sample_id, split, speaker_id, cps, seconds, letters, text;
   * one row per utterance of the dataset. Where labels were given, seconds and letters are missing.
   *
   * @throws NotebookException if the run has no dataset, or its file is not here
   */
  public Table labels(RunResult result) {
    return labels(result.workflowId(), result.stages());
  }

  /** As {@link #labels(RunResult)}. */
  public Table labels(NotebookRun<?> run) {
    return labels(run.workflowId(), run.stages());
  }

  /** As {@link #labels(RunResult)}. */
  public Table labels(String workflowId) {
    return labels(workflowId, stages(workflowId));
  }

  private Table labels(String run, List<StageState> stages) {
    boolean audio =
        stages.stream()
            .anyMatch(state -> state.stage() == Stage.CORPUS && state.artifact().isPresent());
    return RunTables.labels(
        file(run, stages, Stage.DATASET, "samples.csv"),
        file(run, stages, Stage.LABELS, ""),
        audio ? Optional.of(file(run, stages, Stage.CORPUS, "utterances.csv")) : Optional.empty());
  }

  /** Of a run that has ended from its file, which outlives the server's memory. */
  private List<StageState> stages(String workflowId) {
    Optional<RunRecord> ended;
    try {
      ended = new RunFiles(workspace()).find(workflowId);
    } catch (IOException e) {
      throw unreadable(e);
    }
    if (ended.isPresent()) {
      return ended.get().stages();
    }
    Connection server = connection();
    try {
      return new NotebookRun<>(server.runs().find(workflowId), RunResult.class, server::page, lines)
          .stages();
    } catch (WorkflowNotFoundException e) {
      throw new NotebookException("no run has the workflow id \"" + workflowId + "\"", e);
    }
  }

  private static NotebookException unreadable(IOException e) {
    return new NotebookException("cannot read data/runs: " + firstLine(e.getMessage()), e);
  }

  private Path file(String run, List<StageState> stages, Stage stage, String name) {
    String uri =
        stages.stream()
            .filter(state -> state.stage() == stage)
            .flatMap(state -> state.artifact().stream())
            .findFirst()
            .orElseThrow(
                () -> new NotebookException("run " + run + " has no output of " + stage.word()))
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
