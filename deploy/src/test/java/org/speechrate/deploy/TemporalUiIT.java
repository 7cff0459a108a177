package org.speechrate.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.FrameLocator;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.client.RunHandle;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.SearchAttributes;
import org.speechrate.pipeline.TrainWorkflow;

/**
 * What a person does in the Temporal UI, in a real browser on the real server and worker. A missing
 * browser fails the test.
 */
class TemporalUiIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** In the form; the others are started by the client, and looked at. */
  private static final Set<String> TYPED =
      Set.of("FLAC cut off", "words a minute", "a matrix that is cut off");

  @TempDir static Path folder;

  private static TestWorkspace test;
  private static GoodInputs good;
  private static TestBrowser browser;

  private BrowserContext context;
  private Page page;

  /** A picture of the page as the failure left it; taken before the page is closed. */
  @RegisterExtension
  final TestExecutionExceptionHandler pictures =
      (extension, failure) -> {
        Path picture =
            Tools.repository()
                .resolve("deploy/target")
                .resolve("TemporalUiIT-" + extension.getRequiredTestMethod().getName() + ".png");
        try {
          page.screenshot(new Page.ScreenshotOptions().setPath(picture));
        } catch (RuntimeException noPicture) {
          failure.addSuppressed(noPicture);
        }
        throw failure;
      };

  @BeforeAll
  static void browserAndServer() throws Exception {
    browser = TestBrowser.launch();
    test = TestWorkspace.running();
    good = GoodInputs.make(folder);
  }

  @AfterAll
  static void end() throws Exception {
    if (browser != null) {
      browser.close();
    }
    if (test != null) {
      test.close();
    }
  }

  @BeforeEach
  void openBrowser() {
    context =
        browser
            .browser()
            .newContext(
                new Browser.NewContextOptions().setViewportSize(1400, 1000).setTimezoneId("UTC"));
    context.setDefaultTimeout(TestBrowser.PATIENCE);
    page = context.newPage();
  }

  @AfterEach
  void closeBrowser() {
    context.close();
  }

  @Test
  void emptyObjectTrainsOnTheSampleAndTheRunsPageTellsHowItWent() throws Exception {
    start("ui-empty-object", "{}");

    awaitStatus("Completed");
    assertThat(box("Input")).hasText("{}");
    assertThat(box("Result")).containsText("\"verdict\": \"Better than the mean on test: MSE ");

    FrameLocator details = currentDetails();
    assertThat(details.locator("strong").first()).containsText("; published models/speech-rate/");
    assertThat(details.getByRole(AriaRole.ROW)).hasCount(1 + 7);
    for (String stage :
        List.of(
            "corpus", "labels", "embeddings", "dataset", "training", "evaluation", "publishing")) {
      assertThat(row(details, stage)).containsText(Pattern.compile("done|reused"));
    }
    assertThat(row(details, "corpus")).containsText("264 utterances of 24 speakers");
    assertThat(details.locator("svg polyline")).hasCount(2);
  }

  @Test
  void noInputAtAllTrainsOnTheSampleToo() throws Exception {
    start("ui-nothing", "");

    awaitStatus("Completed");
    assertThat(box("Result")).containsText("\"verdict\": \"Better than the mean on test: MSE ");
  }

  @Test
  void misspeltFieldFailsWithOneLineThatNamesTheKnownOnes() throws Exception {
    start("ui-misspelt", "{\"training\": {\"epoch\": 3}}");

    String line =
        "training.epoch is not a known field; known here: recipe, hidden, epochs, batchSize,"
            + " learningRate, weightDecay, patience, standardizeTargets, scaleInputs, activation, linearPath, dropout, clipNorm, loss, huberDelta, schedule, warmupEpochs, ridgeStart, shiftByDev, ensemble, crossValidation, seed, device";
    assertFailedWith(line);
    assertThat(currentDetails().locator("strong").first()).hasText("failed: " + line);
  }

  @Test
  void pathThatIsNotAllowedFailsWithOneLineThatSaysWhoCanAllowIt() throws Exception {
    start(
        "ui-outside",
        "{\"labels\": {\"directory\": \"/etc\"}, \"embeddings\": {\"path\": \"e.npy\"}}");

    String line =
        "labels.directory: \"/etc\" is outside the workspace; the worker's owner can allow it with"
            + " --allow-read";
    assertFailedWith(line);
    assertThat(row(currentDetails(), "labels")).containsText("failed");
    assertThat(row(currentDetails(), "labels")).containsText("allow it with --allow-read");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FLAC cut off",
        "a web page instead of audio",
        "audio without a line in its transcript",
        "no column path",
        "words a minute",
        "a speaker in two splits",
        "a pickle that runs a program",
        "a matrix that is cut off",
        "a damaged array",
        "a vector of three dimensions",
        "an ark that is cut off",
        "a host that is not allowed"
      })
  void brokenInputFailsWithTheLineOfTheTroubleshootingPage(String what) throws Exception {
    String id = "ui-" + what.replace(' ', '-');
    try (GoodInputs in = good.copyTo(test.root())) {
      String input = BrokenInputs.all().get(what).breakOne(in);
      if (TYPED.contains(what)) {
        start(id, input);
      } else {
        look(id, input);
      }
      assertFailedWith(TroubleshootingPage.lines().get(what));
    }
  }

  @Test
  void chromaThatIsNotThereIsTriedAgainAndThePageTellsWhy() throws Exception {
    String what = "no server there";
    try (GoodInputs in = good.copyTo(test.root())) {
      RunHandle run = look("ui-no-chroma", BrokenInputs.all().get(what).breakOne(in));
      try {
        String line = TroubleshootingPage.lines().get(what);
        tab("Pending Activities");
        assertThat(page.locator("body"))
            .containsText(line.substring(line.indexOf("connection refused")));
      } finally {
        run.cancel();
      }
    }
    awaitStatus("Canceled");
  }

  /** Starts a run by the client, and opens its page. */
  private RunHandle look(String workflowId, String input) throws Exception {
    RunHandle run = test.client().train(workflowId, JSON.readTree(input), "a broken input");
    page.navigate(
        test.server().ui()
            + "/namespaces/default/workflows/"
            + run.workflowId()
            + "/"
            + run.runId());
    return run;
  }

  @Test
  void runIsNotListedWithTheResultOfTheRunThatTheFormCopied() throws Exception {
    start("ui-copied", "{}");
    awaitStatus("Completed");

    start("ui-copy", "{\"training\": {\"epoch\": 3}}");
    awaitStatus("Failed");

    tab("Search Attributes");
    Locator attributes = json("BuildIds");
    assertThat(attributes).isVisible();
    assertThat(attributes).not().containsText(SearchAttributes.TEST_MSE.getName());
    assertThat(attributes).not().containsText(SearchAttributes.VERSION.getName());
  }

  @Test
  void trainingIsPausedResumedAndCancelled() throws Exception {
    start("ui-paused", "{\"training\": {\"epochs\": 100000, \"patience\": 100000, \"seed\": 8}}");
    tab("Pending Activities");
    assertThat(json("epoch \\d+ of 100000, dev MSE \\d")).isVisible();

    RunHandle run = test.client().find("ui-paused");
    try {
      sendUpdate("pause");
      // Asked for at once, paused once training has handed its checkpoint over.
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> run.outcome().equals("paused") && run.pending().isEmpty());
      FrameLocator details = currentDetails();
      assertThat(details.locator("strong").first()).containsText("paused: training speech-rate");
      assertThat(row(details, "training")).containsText("`resume` goes on");

      sendUpdate("resume");
      await().atMost(Duration.ofMinutes(1)).until(() -> run.outcome().equals("running"));
      page.reload();
      assertThat(row(currentDetails(), "training")).containsText("running");
    } finally {
      run.cancel(); // or it would keep the worker from the next test's training
    }
    awaitStatus("Canceled");
  }

  @Test
  void trainingIsWatchedAndStoppedEarly() throws Exception {
    start("ui-long", "{\"training\": {\"epochs\": 100000, \"patience\": 100000}}");
    tab("Pending Activities");
    assertThat(page.getByText("TrainModel", new Page.GetByTextOptions().setExact(true)))
        .isVisible();
    assertThat(json("epoch \\d+ of 100000, dev MSE \\d")).isVisible();
    // The worker tells the run a little later than the server; the page asks for details once.
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                test.client()
                    .find("ui-long")
                    .progress()
                    .running()
                    .filter(newest -> newest.curve().size() > 1)
                    .isPresent());

    FrameLocator details = currentDetails();
    assertThat(row(details, "training")).containsText("running");
    assertThat(details.getByRole(AriaRole.PROGRESSBAR)).isVisible();
    assertThat(details.locator("svg polyline")).hasCount(2);

    sendUpdate("stopEarly");

    awaitStatus("Completed");
    tab("Timeline");
    assertThat(box("Result")).containsText("\"verdict\"");
    assertThat(row(currentDetails(), "training")).containsText("stopped early at epoch");
  }

  @Test
  void modelIsPublishedOnceSomebodyApprovesIt() throws Exception {
    start("ui-asked", "{\"publishing\": {\"model\": \"asked\", \"approval\": true}}");
    RunHandle run = test.client().find("ui-asked");
    await().atMost(Duration.ofMinutes(1)).until(() -> run.outcome().equals("waiting for approval"));
    assertThat(test.root().resolve("models/asked")).doesNotExist();
    FrameLocator details = currentDetails();
    assertThat(details.locator("strong").first()).containsText("waiting for approval: Better");
    assertThat(row(details, "publishing")).containsText("for `approve` or `reject`");

    sendUpdate("approve", "{\"who\": \"Ana\", \"comment\": \"read the report\"}");

    awaitStatus("Completed");
    assertThat(run.result().publishing().reason())
        .startsWith("approved by Ana (read the report): better than the mean");
    Path published = new ModelFolder(test.root().resolve("models")).resolve("asked@champion");
    JsonNode approval =
        JSON.readTree(published.resolve("provenance.json").toFile()).get("approval");
    assertThat(approval.get("who").textValue()).isEqualTo("Ana");
    assertThat(approval.get("why").textValue()).isEqualTo("read the report");
    assertThat(approval.get("when").textValue()).endsWith("Z");
    assertThat(approval.has("identity")).isTrue();
  }

  private void sendUpdate(String name) {
    sendUpdate(name, "");
  }

  private void sendUpdate(String name, String input) {
    button("More Actions").click();
    page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName("Send an Update"))
        .click();
    button("Select an Update").click();
    // Followed by its description, which may name another one.
    page.getByRole(
            AriaRole.OPTION,
            new Page.GetByRoleOptions().setName(Pattern.compile("^\\W*" + name + "\\b")))
        .click();
    if (!input.isEmpty()) {
      Locator editor = page.getByRole(AriaRole.DIALOG).locator(".cm-content").first();
      editor.click();
      page.keyboard().type(input);
      editor.blur(); // as in the form: leaving the editor makes it lay out anew
    }
    button("Submit").click();
  }

  /** Fills in the form, and follows it to the run's page. */
  private void start(String workflowId, String input) throws Exception {
    openForm();
    page.getByLabel("Workflow ID").fill(workflowId);
    Locator editor = page.locator("main .cm-content").first();
    editor.click();
    page.keyboard().press("Control+A");
    page.keyboard().press("Delete");
    page.keyboard().type(input);
    // Leaving the editor makes it lay out anew, which would swallow a press of the button.
    page.getByLabel("Task Queue").first().click();
    assertThat(page.getByText("Task Queue is Active")).isVisible();
    button("Start Workflow").click();
    page.getByRole(
            AriaRole.LINK, new Page.GetByRoleOptions().setName("Workflow started successfully"))
        .click();
    assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
        .containsText(workflowId);
    if (!input.isEmpty()) {
      assertThat(box("Input")).containsText("}");
      assertThat(JSON.readTree(text(box("Input")))).isEqualTo(JSON.readTree(input));
    }
  }

  /** The form is ready once it has copied the input of the newest run, if there is one. */
  private void openForm() {
    AtomicBoolean copied = new AtomicBoolean();
    page.onResponse(
        response -> {
          if (response.url().contains("/history?maximumPageSize=1&")) {
            copied.set(true);
          }
        });
    Response newest =
        page.waitForResponse(
            response -> response.url().contains("/workflows?query=WorkflowType"),
            () ->
                page.navigate(
                    test.server().ui()
                        + "/namespaces/default/workflows/start-workflow?workflowType="
                        + TrainWorkflow.TYPE
                        + "&taskQueue="
                        + TrainWorkflow.TASK_QUEUE));
    if (newest.text().contains("\"runId\"")) {
      page.waitForCondition(copied::get);
    }
  }

  private void awaitStatus(String status) {
    assertThat(page.getByTestId("execution-status").first())
        .hasText(status, new LocatorAssertions.HasTextOptions().setIgnoreCase(true));
  }

  private void assertFailedWith(String line) throws Exception {
    awaitStatus("Failed");
    Locator result = box("Result");
    assertThat(result).containsText("nonRetryable");
    JsonNode failure = JSON.readTree(text(result)).get("failure");
    assertThat(failure.get("message").textValue()).isEqualTo(line);
    assertThat(failure.has("stackTrace")).isFalse();
    assertThat(failure.has("cause")).isFalse();
    assertThat(page.locator("body").innerText()).doesNotContain("org.speechrate");
  }

  /** What stands under a title on the run's page. */
  private Locator box(String title) {
    return page.getByTestId("input-and-result").getByLabel(title);
  }

  /** JSON that is shown, not asked for. */
  private Locator json(String pattern) {
    return page.locator(".cm-content[contenteditable=false]")
        .filter(new Locator.FilterOptions().setHasText(Pattern.compile(pattern)));
  }

  /** The editor's lines, which wrap at the page's width, are one element each. */
  private static String text(Locator editor) {
    return String.join("\n", editor.locator(".cm-line").allTextContents());
  }

  private FrameLocator currentDetails() {
    tab("User Metadata");
    return page.locator("iframe[title=output]").last().contentFrame();
  }

  private static Locator row(FrameLocator details, String stage) {
    return details
        .getByRole(AriaRole.ROW)
        .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^\\W*" + stage + "\\b")));
  }

  private void tab(String name) {
    page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName(name)).click();
  }

  private Locator button(String name) {
    return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name));
  }
}
