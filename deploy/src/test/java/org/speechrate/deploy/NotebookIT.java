package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;

/** The committed notebooks, in a real Jupyter on the Java kernel, and `speechrate notebook`. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class NotebookIT {
  private static final JsonMapper MAPPER = new JsonMapper();

  private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

  /** A chart on a page. */
  private static final String PAGE_CHART = ".jp-RenderedSVG img";

  /** A chart in the lab, drawn by the extension of plotly: one that answers to the mouse. */
  private static final String LAB_CHART = ".js-plotly-plot .main-svg:first-child";

  /** The Java cell of README's section on notebooks. */
  private static final Pattern README_CELL =
      Pattern.compile("## From a notebook\n.*?\n```java\n(.*?)```", Pattern.DOTALL);

  /** Notebooks, what Jupyter writes for itself, and its output. */
  @TempDir Path folder;

  /**
   * @param notebook with outputs, up to the cell that failed
   * @param said what Jupyter said
   */
  private record Execution(int exit, JsonNode notebook, String said) {
    /** Outputs of the cell with this id. */
    JsonNode outputs(String cell) {
      for (JsonNode candidate : notebook.get("cells")) {
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
      for (JsonNode cell : executed.notebook().get("cells")) {
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
      Execution executed = execute(notebook, test.root());
      assertThat(executed.exit()).isEqualTo(Exit.RUN_FAILED);
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
  void everyNotebookRunsAndItsPageShowsAllWithoutANetwork() throws Exception {
    Path pages = folder.resolve("pages");
    try (TestWorkspace test = TestWorkspace.running();
        TestBrowser browser = TestBrowser.launch()) {
      TerminalCapture terminal = new TerminalCapture(false);
      int exit =
          SpeechrateCommand.run(
              terminal.terminal(),
              "--workspace",
              test.root().toString(),
              "notebook",
              "--html",
              pages.toString());
      assertThat(exit).as(terminal.out() + terminal.err()).isEqualTo(Exit.DONE);
      List<String> names = committed().stream().map(NotebookIT::nameOf).toList();
      assertThat(terminal.out().lines())
          .hasSize(2 * names.size())
          .filteredOn(line -> line.matches("\\d\\d-\\S+ +ok +\\d+\\.\\d s"))
          .extracting(line -> line.substring(0, line.indexOf(' ')))
          .isEqualTo(names);
      assertThat(pages.toFile().list())
          .containsExactlyInAnyOrderElementsOf(names.stream().map(name -> name + ".html").toList());

      try (BrowserContext context = browser.browser().newContext()) {
        List<String> asked = watch(context);
        Page page = context.newPage();
        List<String> said = new ArrayList<>();
        page.onPageError(said::add);
        for (String name : names) {
          page.navigate(pages.resolve(name + ".html").toUri().toString());
          PlaywrightAssertions.assertThat(page.locator("h1").first()).isVisible();
          assertAllDrawn(page.locator(PAGE_CHART));
        }
        page.navigate(pages.resolve("01-first-run.html").toUri().toString());
        assertThat(page.locator(PAGE_CHART).count()).isEqualTo(2);
        picture(page, "NotebookIT-page.png");
        page.navigate(pages.resolve("07-your-recordings.html").toUri().toString());
        assertThat(page.locator(PAGE_CHART).count()).isEqualTo(2);
        assertThat(asked).isEmpty();
        assertThat(said).isEmpty();
      }
    }
  }

  @Test
  void theLabRunsTheFirstNotebookWithoutANetworkAndEndsWithAllThatItStarted() throws Exception {
    Path home = home();
    try (TestWorkspace test = TestWorkspace.empty(List.of());
        TestBrowser browser = TestBrowser.launch()) {
      Path out = folder.resolve("out");
      Path err = folder.resolve("err");
      Process notebook =
          start(home, out, err, "--workspace", test.root().toString(), "notebook", "--no-browser");
      List<ProcessHandle> started;
      try {
        await()
            .atMost(Duration.ofMinutes(2))
            .until(() -> !Files.readString(out).isEmpty() || !notebook.isAlive());
        String address = Files.readString(out).strip();
        assertThat(address).as(Files.readString(err)).startsWith("http://127.0.0.1:");
        URI lab = URI.create(address);
        try (BrowserContext context =
            browser
                .browser()
                .newContext(new Browser.NewContextOptions().setViewportSize(1300, 2200))) {
          context.setDefaultTimeout(TestBrowser.PATIENCE);
          List<String> asked = watch(context);
          Page page = context.newPage();
          page.navigate(address);
          try {
            // JJava tells how it is with its first answer; pressed before it is there, the lab asks
            // which kernel to take.
            page.getByText(Pattern.compile("Java \\(jjava\\) \\| (Unknown|Idle)")).waitFor();
            menu(page, "Run", "Run All Cells");
            page.locator(".jp-Cell", new Page.LocatorOptions().setHasText("run.page()"))
                .locator(".jp-OutputArea-output")
                .first()
                .waitFor();
            Locator charts = page.locator(LAB_CHART);
            charts.nth(1).waitFor();
            assertAllDrawn(charts);
            assertThat(page.locator("[data-mime-type='application/vnd.jupyter.error']").count())
                .isZero();
            charts.first().scrollIntoViewIfNeeded();
          } finally {
            picture(page, "NotebookIT-lab.png");
          }
          assertThat(asked).isEmpty();
        }
        HttpResponse<Void> withoutToken =
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(lab.resolve("/api/contents")).build(),
                    HttpResponse.BodyHandlers.discarding());
        assertThat(withoutToken.statusCode()).isEqualTo(403);
        started = notebook.descendants().toList();
        assertThat(started).hasSizeGreaterThanOrEqualTo(3); // server, lab, kernel
      } finally {
        terminate(notebook);
      }
      assertThat(started).noneMatch(ProcessHandle::isAlive);
      assertThat(test.root().resolve("data/server.json")).doesNotExist();
    }
    assertThat(folder.resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void checkTellsWhichCellFailsAndLeavesNothing() throws Exception {
    Path home = home();
    ObjectNode notebook = (ObjectNode) MAPPER.readTree(notebooks("01-first-run.ipynb").toFile());
    keepOnly(notebook, "c-connect");
    append(notebook, "wrong", "sr.train(\"{\\\"training\\\": {\\\"epoch\\\": 3}}\").await()");
    append(notebook, "after", "sr.connect()");
    MAPPER.writeValue(home.resolve("notebooks/01-first-run.ipynb").toFile(), notebook);
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process check = start(home, out, err, "notebook", "--check", "01");
    assertThat(check.waitFor()).as(Files.readString(err)).isEqualTo(Exit.RUN_FAILED);
    assertThat(Files.readString(out))
        .matches(
            "01-first-run +failed +\\d+\\.\\d s  cell 2: training\\.epoch is not a known field; .*\n");
    assertThat(folder.resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void committedNotebooksHoldNoOutputs() throws Exception {
    assertThat(committed()).isNotEmpty();
    for (Path file : committed()) {
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

  /** A chart that takes no room is not seen. */
  private static void assertAllDrawn(Locator charts) {
    for (Locator chart : charts.all()) {
      BoundingBox box = chart.boundingBox();
      assertThat(box.width).isGreaterThan(200);
      assertThat(box.height).isGreaterThan(200);
    }
  }

  /** What the pages ask of others than this machine, from now on; they don't get it. */
  private static List<String> watch(BrowserContext context) {
    List<String> asked = new CopyOnWriteArrayList<>();
    context.route(
        url -> !url.matches("(file:|data:|blob:|http://127\\.0\\.0\\.1:).*"),
        route -> {
          asked.add(route.request().url());
          route.abort();
        });
    return asked;
  }

  private static void menu(Page page, String menu, String item) {
    page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName(menu).setExact(true))
        .click();
    page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName(item).setExact(true))
        .click();
  }

  /** For a person who wants to look. */
  private static void picture(Page page, String name) {
    page.screenshot(
        new Page.ScreenshotOptions()
            .setPath(Tools.repository().resolve("deploy/target").resolve(name)));
  }

  /** A repository as the command sees it, with notebooks that may be changed. */
  private Path home() throws IOException {
    Path home = Files.createDirectory(folder.resolve("home"));
    Path repository = Tools.repository();
    Files.createDirectories(repository.resolve(".tools"));
    for (String linked : List.of(".tools", "deploy", "data", "notebooks/target")) {
      Path link = home.resolve(linked);
      Files.createDirectories(link.getParent());
      Files.createSymbolicLink(link, repository.resolve(linked));
    }
    for (Path notebook : committed()) {
      Files.copy(notebook, home.resolve("notebooks").resolve(notebook.getFileName()));
    }
    return home;
  }

  /** The command in a process of its own, with none of this user's settings. */
  private Process start(Path home, Path out, Path err, String... words) throws IOException {
    List<String> command = new ArrayList<>(DetachedUp.command(List.of(words)));
    Path tmp = Files.createDirectory(folder.resolve("tmp"));
    command.addAll(1, List.of("-Dspeechrate.home=" + home, "-Djava.io.tmpdir=" + tmp));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("TEMPORAL_"));
    environment.put("CLASSPATH", System.getProperty("java.class.path"));
    environment.put("JUPYTER_CONFIG_DIR", folder.resolve("jupyter").toString());
    environment.put("JUPYTER_DATA_DIR", folder.resolve("jupyter").toString());
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /** As Ctrl-C does; that signal itself is ignored by whatever a shell starts in the background. */
  private static void terminate(Process process) throws Exception {
    process.destroy();
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("it did not end when it was told to");
    }
  }

  private static List<Path> committed() throws IOException {
    try (Stream<Path> files = Files.list(notebooks(""))) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    }
  }

  private static String nameOf(Path notebook) {
    return notebook.getFileName().toString().replace(".ipynb", "");
  }

  /** Runs a copy, in a folder of its own. */
  private Execution execute(JsonNode notebook, Path workspace) throws Exception {
    Path copy = folder.resolve("notebook.ipynb");
    MAPPER.writeValue(copy.toFile(), notebook);
    Path executed = folder.resolve("executed.ipynb");
    Path said = folder.resolve("said.txt");
    try (Jupyter jupyter =
            Jupyter.open(new Tools(Tools.repository(), line -> {}), Tools.repository(), workspace);
        Jupyter.Running running = jupyter.execute(copy, executed, said)) {
      return new Execution(
          running.waitFor(), MAPPER.readTree(executed.toFile()), Files.readString(said));
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
