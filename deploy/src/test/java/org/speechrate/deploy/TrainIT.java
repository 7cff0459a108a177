package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.StageState.State;
import org.speechrate.pipeline.evaluation.SplitMetrics;

/** The whole pipeline on the bundled sample: real dev server, real worker, real files. */
@Timeout(180)
class TrainIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestWorkspace test;

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.running();
  }

  @AfterAll
  static void stop() throws IOException {
    test.close();
  }

  private static RunHandle train(String spec) throws IOException {
    return test.client().train(JSON.readTree(spec), "integration test");
  }

  @Test
  void defaultRecipeBeatsTheMeanOnTheSamplesTestSpeakers() throws Exception {
    RunResult result = train("{\"publishing\": {\"model\": \"first\"}}").result();

    SplitMetrics metrics = result.evaluation().get("test");
    assertThat(metrics.n()).isEqualTo(44);
    assertThat(metrics.mse()).isLessThan(metrics.baselineMse());
    assertThat(result.verdict())
        .startsWith("Better than the mean on test: MSE ")
        .contains(" (95 % interval of the difference -")
        .contains(" ridge regression, MSE ")
        .endsWith("; 44 utterances of 4 unseen speakers, so few that the interval is rough");
    Path version = test.root().resolve(result.publishing().path().orElseThrow());
    assertThat(version)
        .isEqualTo(
            test.root().resolve("models/first/" + result.publishing().version().orElseThrow()));
    for (String file :
        List.of("model.safetensors", "metrics.json", "provenance.json", "README.md")) {
      assertThat(version.resolve(file)).isNotEmptyFile();
    }
    assertThat(SpeechRateModel.load(version).predict(new float[3][256])).hasSize(3);
  }

  @Test
  void secondRunReusesEveryStageAndOnlyDecidesAnew() throws Exception {
    RunResult first = train("{\"training\": {\"seed\": 1}}").result();
    RunResult second = train("{\"training\": {\"seed\": 1}}").result();

    assertThat(states(second).subList(0, 6)).containsOnly(State.REUSED);
    assertThat(states(second).get(6)).isEqualTo(State.DONE);
    assertThat(second.evaluation()).isEqualTo(first.evaluation());
    assertThat(second.publishing().version()).isNotEqualTo(first.publishing().version());
  }

  @Test
  void withoutReuseTheSameBytesComeOut() throws Exception {
    RunResult first = train("{\"training\": {\"seed\": 2}}").result();
    RunResult again = train("{\"training\": {\"seed\": 2}, \"reuse\": false}").result();

    assertThat(states(again)).containsOnly(State.DONE);
    assertThat(again.stages().stream().map(StageState::artifact).toList())
        .isEqualTo(first.stages().stream().map(StageState::artifact).toList());
  }

  @Test
  void referenceRecipeIsWorseThanTheMeanAndPublishesNothing() throws Exception {
    RunResult result =
        train(
                "{\"training\": {\"recipe\": \"reference\"}, \"publishing\": {\"model\":"
                    + " \"reference\"}}")
            .result();

    assertThat(result.evaluation().get("test").mse()).isGreaterThan(20);
    assertThat(result.verdict()).startsWith("WORSE than the mean on test: MSE ");
    assertThat(result.publishing().published()).isFalse();
    assertThat(result.publishing().version()).isEmpty();
    assertThat(test.root().resolve("models/reference")).doesNotExist();
  }

  @Test
  void theRunsFileOutlivesTemporal() throws Exception {
    RunHandle run = train("{}");
    RunResult result = run.result();

    RunRecord record = new RunFiles(test.root()).find(run.workflowId()).orElseThrow();
    assertThat(record.outcome()).isEqualTo("completed");
    assertThat(record.result()).contains(result);
    assertThat(record.spec().orElseThrow().training().recipe()).isEqualTo("default");
  }

  @Test
  void aPathOutsideTheWorkspaceIsRefused() throws Exception {
    assertRefused(
        "{\"labels\": {\"directory\": \"/etc\"}, \"embeddings\": {\"path\": \"/etc\"}}",
        "PATH_NOT_ALLOWED",
        "labels.directory: \"/etc\" is outside the workspace; the worker's owner can allow it with"
            + " --allow-read");
  }

  @Test
  void aGpuThatIsNotThereIsRefused() throws Exception {
    assertRefused(
        "{\"training\": {\"device\": \"gpu\"}}",
        "NO_GPU",
        "training.device: gpu is required, but the PyTorch engine sees none; use auto or cpu, or a"
            + " worker with CUDA libraries");
  }

  @Test
  void aMissingLabelIsRefusedByNameAndNothingHalfWrittenIsLeft() throws Exception {
    Path labels = Files.createDirectories(test.root().resolve("labels"));
    for (String split : List.of("train", "dev", "test")) {
      Files.writeString(
          labels.resolve(split + "_cps.csv"), "sample_id,cps\n9001-1-" + split + ",12.5\n");
    }

    RunHandle run =
        train(
            "{\"labels\": {\"directory\": \"labels\"}, \"embeddings\": {\"path\":"
                + " \"data/sample/embeddings_npy\"}}");

    assertThatThrownBy(run::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("MISSING_SAMPLE"))
        .hasMessageContaining("264 embeddings")
        .hasMessageContaining("3 labels")
        .hasMessageContaining("9001-1-train")
        .message()
        .hasLineCount(1);
    try (var left = Files.walk(test.root().resolve("data/stages"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".attempt"));
    }
  }

  private static void assertRefused(String spec, String kind, String message) throws IOException {
    RunHandle run = train(spec);

    assertThatThrownBy(run::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
        .hasMessage(message);
  }

  @Test
  void stopEarlyKeepsTheBestSoFarAndPublishesIt() throws Exception {
    RunHandle run = train("{\"training\": {\"epochs\": 100000, \"patience\": 0, \"seed\": 3}}");
    untilEpoch(run, 2);

    run.stopEarly();

    RunResult result = run.result();
    assertThat(result.stage(Stage.TRAINING).text()).contains("ended: stopped early at epoch ");
    assertThat(result.publishing().published()).isTrue();
  }

  @Test
  void pausedByTheCommandARunStandsStillUntilItIsResumed() throws Exception {
    RunHandle run = train("{\"training\": {\"epochs\": 100000, \"patience\": 0, \"seed\": 6}}");
    untilEpoch(run, 2);

    assertThat(command(Exit.DONE, "pause", run.workflowId())).startsWith("training pauses after");
    await().atMost(Duration.ofSeconds(60)).until(() -> run.pending().isEmpty());

    assertThat(command(Exit.DONE, "status", run.workflowId()))
        .contains(run.workflowId() + "  paused")
        .containsPattern("training +paused +after epoch \\d+ of 100000, .*; `resume` goes on");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> command(Exit.DONE, "runs").lines().anyMatch(line -> line.contains(" paused ")));
    assertThat(command(Exit.RUN_FAILED, "pause", run.workflowId()))
        .contains("speechrate: the run is paused already; `resume` lets it go on");
    // The worker is free meanwhile.
    assertThat(train("{\"training\": {\"seed\": 7}}").result().publishing().published()).isTrue();

    assertThat(command(Exit.DONE, "resume", run.workflowId())).isEqualTo("the run goes on\n");
    untilEpoch(run, 3);
    run.cancel();
    assertThatThrownBy(() -> run.result(Duration.ofSeconds(60))).isInstanceOf(RunFailure.class);
  }

  /** What it says on both streams. */
  private static String command(int exit, String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] all = java.util.Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--workspace";
    all[words.length + 1] = test.root().toString();
    assertThat(SpeechrateCommand.run(terminal.terminal(), all)).as(terminal.err()).isEqualTo(exit);
    return terminal.out() + (exit == Exit.DONE ? "" : terminal.err());
  }

  @Test
  void cancelEndsTheRunAndPublishesNothing() throws Exception {
    RunHandle run =
        train(
            "{\"training\": {\"epochs\": 100000, \"patience\": 0, \"seed\": 4}, \"publishing\":"
                + " {\"model\": \"cancelled\"}}");
    untilEpoch(run, 2);

    run.cancel();

    assertThatThrownBy(() -> run.result(Duration.ofSeconds(60)))
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("CANCELLED"));
    assertThat(new RunFiles(test.root()).folder(run.workflowId(), run.runId())).doesNotExist();
    assertThat(test.root().resolve("models/cancelled")).doesNotExist();
    assertThat(new RunFiles(test.root()).find(run.workflowId()).orElseThrow().outcome())
        .isEqualTo("cancelled");
  }

  @Test
  void workerShowsTemporalsMetricsAndOurs() throws Exception {
    train("{\"training\": {\"seed\": 5}}").result();

    String metrics =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(test.server().metrics())).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();

    assertThat(metrics)
        .contains("speechrate_stage_duration_seconds_count{outcome=\"done\",stage=\"training\"}")
        .contains("temporal_activity_execution_latency")
        .contains("temporal_workflow_completed");
  }

  /** Waits for the running training's report that it has come this far. */
  static void untilEpoch(RunHandle run, long epoch) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                Optional.of(run.progress())
                    .flatMap(progress -> progress.running())
                    .filter(progress -> progress.stage() == Stage.TRAINING)
                    .filter(progress -> progress.done() >= epoch)
                    .isPresent());
  }

  private static List<State> states(RunResult result) {
    return result.stages().stream().map(StageState::state).toList();
  }
}
