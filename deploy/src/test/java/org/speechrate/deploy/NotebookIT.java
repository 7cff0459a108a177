package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.run.RunFiles;

/** The committed notebooks, in a real Jupyter on the Java kernel. */
class NotebookIT {
  private static final JsonMapper MAPPER = new JsonMapper();

  /** A run on the sample takes seconds on an idle machine, and a busy one has to pass too. */
  private static final long CELL_SECONDS = 300;

  private static final long EXECUTION_MINUTES = 15;

  private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

  /** The Java cell of README's section on notebooks. */
  private static final Pattern README_CELL =
      Pattern.compile("## From a notebook\n.*?\n```java\n(.*?)```", Pattern.DOTALL);

  /** Notebooks, what Jupyter writes for itself, and its output. */
  @TempDir Path folder;

  /**
   * @param exit of nbconvert
   * @param notebook with outputs; absent where a cell failed
   * @param said on standard error, where a failing cell's trace is
   */
  private record Execution(int exit, Optional<JsonNode> notebook, String said) {
    /** Outputs of the cell with this id. */
    JsonNode outputs(String cell) {
      for (JsonNode candidate : notebook.orElseThrow().get("cells")) {
        if (candidate.get("id").asText().equals(cell)) {
          return candidate.get("outputs");
        }
      }
      throw new AssertionError("no cell " + cell);
    }

    /** What the cell's only result shows. */
    String shown(String cell, String mimeType) {
      List<String> found = new ArrayList<>();
      for (JsonNode output : outputs(cell)) {
        JsonNode data = output.path("data").path(mimeType);
        if (output.get("output_type").asText().equals("execute_result") && !data.isMissingNode()) {
          found.add(text(data));
        }
      }
      assertThat(found).as("%s of cell %s: %s", mimeType, cell, outputs(cell)).hasSize(1);
      return found.get(0);
    }
  }

  @Test
  void theFirstNotebookTrainsAndShowsWhetherTheModelIsAnyGood() throws Exception {
    try (TestWorkspace test = TestWorkspace.running()) {
      ObjectNode notebook = (ObjectNode) MAPPER.readTree(notebooks("01-first-run.ipynb").toFile());
      append(notebook, "readme", readmeCell());
      Execution executed = execute(notebook, test.root());
      assertThat(executed.exit()).as(executed.said()).isZero();
      for (JsonNode cell : executed.notebook().orElseThrow().get("cells")) {
        for (JsonNode output : cell.path("outputs")) {
          assertThat(output.get("output_type").asText())
              .as("%s", output)
              .isIn("execute_result", "display_data");
        }
      }

      List<RunRecord> runs = new RunFiles(test.root()).all();
      assertThat(runs).hasSize(2).allMatch(run -> run.outcome().equals("completed"));
      RunRecord first = runs.get(1);
      RunResult result = first.result().orElseThrow();
      assertThat(executed.shown("c-connect", "text/plain"))
          .contains(test.root().toString(), test.server().ui());
      assertThat(executed.shown("c-start", "text/html")).contains(first.workflowId());
      assertThat(text(executed.outputs("c-await").get(0).get("data").get("text/plain")))
          .startsWith("completed after");
      assertThat(executed.shown("c-await", "text/html"))
          .contains(result.verdict(), result.publishing().version().orElseThrow())
          .contains("<td style=\"text-align:left\">evaluation</td>");
      assertThat(executed.shown("c-compare", "text/plain"))
          .contains("Test MSE " + decimals(3, result.evaluation().get("test").mse()))
          .contains("the mean's " + decimals(3, result.evaluation().get("test").baselineMse()));
      assertIsTheMetricsTable(executed.shown("c-metrics", "text/html"), result);
      assertThat(executed.shown("c-predictions", "text/html"))
          .contains("true_cps", "predicted_cps")
          .contains("predictions: " + result.evaluation().get("test").n() + " rows");
      assertThat(executed.shown("c-scatter", "image/svg+xml"))
          .contains("<svg", "Scatter plot of predicted against true speech rate")
          .contains(result.evaluation().get("test").n() + " utterances");
      assertThat(executed.shown("c-losses", "image/svg+xml")).contains("<svg", "Line chart");
      assertThat(executed.shown("c-ui", "text/plain"))
          .isEqualTo(test.server().runPage(first.workflowId(), first.runId()));

      RunResult second = runs.get(0).result().orElseThrow();
      assertIsTheMetricsTable(executed.shown("readme", "text/html"), second);
      for (RunResult published : List.of(result, second)) {
        assertThat(test.root().resolve(published.publishing().path().orElseThrow()))
            .isDirectoryContaining("glob:**model.safetensors");
      }
    }
  }

  @Test
  void withoutAServerTheFirstCellSaysInOneLineHowToStartOne() throws Exception {
    try (TestWorkspace test = TestWorkspace.withSample(List.of())) {
      ObjectNode notebook = (ObjectNode) MAPPER.readTree(notebooks("01-first-run.ipynb").toFile());
      keepOnly(notebook, "c-connect");
      // What nbconvert itself says of a failing cell has the kernel's frames only; the notebook has
      // what a reader of it sees.
      Execution executed = execute(notebook, test.root(), "--allow-errors");
      JsonNode outputs = executed.outputs("c-connect");
      assertThat(outputs).as(executed.said()).hasSize(1);
      assertThat(outputs.get(0).get("output_type").asText()).isEqualTo("error");
      assertThat(COLOUR.matcher(text(outputs.get(0).get("traceback"))).replaceAll("").strip())
          .isEqualTo(
              "org.speechrate.notebook.NotebookException: no server runs for the workspace "
                  + test.root()
                  + "; start one with deploy/speechrate up");
    }
  }

  @Test
  void committedNotebooksHoldNoOutputs() throws Exception {
    List<Path> committed;
    try (Stream<Path> files = Files.list(notebooks(""))) {
      committed = files.filter(file -> file.toString().endsWith(".ipynb")).toList();
    }
    assertThat(committed).isNotEmpty();
    for (Path file : committed) {
      for (JsonNode cell : MAPPER.readTree(file.toFile()).get("cells")) {
        assertThat(cell.path("outputs")).as("%s", file).isEmpty();
        assertThat(cell.path("execution_count").asText("null")).as("%s", file).isEqualTo("null");
      }
    }
  }

  /** Each split's row has the model's error, and the mean's and ridge regression's beside it. */
  private static void assertIsTheMetricsTable(String html, RunResult result) {
    assertThat(html).contains(">mse<", ">baseline_mse<", ">ridge_mse<");
    assertThat(result.evaluation()).containsOnlyKeys("train", "dev", "test");
    result
        .evaluation()
        .forEach(
            (split, metrics) ->
                assertThat(html)
                    .containsPattern(
                        String.format(
                            "<td[^>]*>%s</td><td[^>]*>%d</td><td[^>]*>%s</td>.*?"
                                + "<td[^>]*>%s</td><td[^>]*>%s</td></tr>",
                            split,
                            metrics.n(),
                            decimals(4, metrics.mse()),
                            decimals(4, metrics.baselineMse()),
                            decimals(4, metrics.ridgeMse().orElseThrow()))));
  }

  private static String decimals(int digits, double value) {
    return String.format(java.util.Locale.ROOT, "%." + digits + "f", value);
  }

  private static Path notebooks(String name) {
    return Tools.repository().resolve("notebooks").resolve(name);
  }

  private static String readmeCell() throws IOException {
    Matcher cell = README_CELL.matcher(Files.readString(Tools.repository().resolve("README.md")));
    assertThat(cell.find()).as("README's notebook cell").isTrue();
    return cell.group(1);
  }

  private static void keepOnly(ObjectNode notebook, String id) {
    ArrayNode kept = MAPPER.createArrayNode();
    for (JsonNode cell : notebook.get("cells")) {
      if (cell.get("id").asText().equals(id)) {
        kept.add(cell);
      }
    }
    notebook.set("cells", kept);
  }

  private static void append(ObjectNode notebook, String id, String code) {
    ObjectNode cell = ((ArrayNode) notebook.get("cells")).addObject();
    cell.put("cell_type", "code").put("id", id).put("source", code).putNull("execution_count");
    cell.putObject("metadata");
    cell.putArray("outputs");
  }

  /** Runs a copy as README says, with nothing of this user's own settings. */
  private Execution execute(JsonNode notebook, Path workspace, String... options) throws Exception {
    Path copy = folder.resolve("notebook.ipynb");
    MAPPER.writeValue(copy.toFile(), notebook);
    Path out = folder.resolve("out.ipynb");
    Path said = folder.resolve("said.txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                new Tools(Tools.repository(), line -> {}).jupyter().toString(),
                "nbconvert",
                "--to",
                "notebook",
                "--execute",
                "--stdout",
                "--ExecutePreprocessor.timeout=" + CELL_SECONDS,
                copy.toString()));
    command.addAll(List.of(options));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(said.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("TEMPORAL_"));
    for (String own :
        List.of("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")) {
      environment.put(own, folder.resolve("jupyter").toString());
    }
    environment.put("SPEECHRATE_WORKSPACE", workspace.toString());
    environment.put(
        "JJAVA_CLASSPATH",
        notebooks("target/classes")
            + File.pathSeparator
            + Files.readString(notebooks("target/classpath")).strip());
    // The kernel starts the `java` of the PATH: this test's own.
    environment.merge(
        "PATH",
        Path.of(System.getProperty("java.home"), "bin").toString(),
        (path, java) -> java + File.pathSeparator + path);
    Process jupyter = builder.start();
    try {
      assertThat(jupyter.waitFor(EXECUTION_MINUTES, TimeUnit.MINUTES))
          .as("nbconvert ended in time: %s", Files.readString(said))
          .isTrue();
    } finally {
      List<ProcessHandle> kernels = jupyter.descendants().toList();
      jupyter.destroyForcibly().waitFor();
      kernels.forEach(ProcessHandle::destroyForcibly);
    }
    return new Execution(
        jupyter.exitValue(),
        Optional.of(Files.readString(out)).filter(text -> !text.isBlank()).map(NotebookIT::parse),
        Files.readString(said));
  }

  private static JsonNode parse(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(json, e);
    }
  }

  /** Jupyter keeps long texts as lists of lines. */
  private static String text(JsonNode data) {
    if (!data.isArray()) {
      return data.asText();
    }
    StringBuilder lines = new StringBuilder();
    data.forEach(line -> lines.append(line.asText()));
    return lines.toString();
  }
}
