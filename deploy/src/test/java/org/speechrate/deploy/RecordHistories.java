package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.TrainWorkflow;
import org.speechrate.run.Notifier;
import org.speechrate.store.AllowedHosts;

/**
 * Records what {@code WorkflowReplayTest} replays: runs of every kind on the bundled sample, with a
 * real dev server and real stages. No build runs it, as its name matches no pattern of theirs;
 * CONTRIBUTING tells when somebody should, and how.
 */
class RecordHistories {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration A_MINUTE = Duration.ofMinutes(1);

  /** Far more epochs than there is time for. */
  static final String LONG = "'training': {'epochs': 100000, 'patience': 0, 'seed': 1}";

  private static final String EPOCHS = "'training': {'epochs': 3}";
  private static final String SHORT = EPOCHS + ", 'evaluation': {'bootstrap': 0}";
  private static final String ALWAYS = "'publishing': {'gate': 'always'}";
  private static final String APPROVAL = "'publishing': {'gate': 'always', 'approval': true}";
  private static final String TOO_FAST = "{'training.learningRate': 10}";

  private TestWorkspace test;
  private Path folder;

  @BeforeEach
  void start() throws Exception {
    String release = System.getProperty("histories");
    assertThat(release).as("-Dhistories=NAME, the folder to record into").isNotBlank();
    folder =
        Files.createDirectories(
            Tools.repository().resolve("workflows/src/test/resources/histories").resolve(release));
    test = TestWorkspace.withSample(List.of());
    test.startServer();
  }

  @AfterEach
  void stop() throws Exception {
    test.close();
  }

  @Test
  void trainings() throws Exception {
    WorkerAssembly worker = test.startWorker();
    RunHandle published = ends("completed", train(SHORT, ALWAYS));
    record("train-published", published);
    record(
        "train-nothing-new",
        ends("completed", train(SHORT, "'publishing': {'gate': 'always', 'onlyNew': true}")));
    String labels = published.result().stage(Stage.LABELS).artifact().orElseThrow().uri();
    record(
        "train-labels-given-also-written",
        ends(
            "completed",
            train(
                SHORT,
                "'labels': {'directory': '" + labels + "'}",
                "'embeddings': {'path': 'data/sample/embeddings_npy'}",
                "'publishing': {'gate': 'always', 'alsoWrite': 'models/regression_model.pt'}")));
    record("train-refused-input", ends("failed", train("'labels': 1")));
    record("train-failed-stage", ends("failed", train("'training': {'device': 'gpu'}")));

    RunHandle approved = ends("waiting for approval", train(SHORT, APPROVAL));
    approved.approve("Ana", "checked the report");
    record("train-approved", ends("completed", approved));
    RunHandle rejected = ends("waiting for approval", train(SHORT, APPROVAL));
    rejected.reject("Ana", "too few test speakers");
    record("train-rejected", ends("completed", rejected));
    RunHandle unanswered = ends("waiting for approval", train(SHORT, APPROVAL));
    unanswered.cancel();
    record("train-cancelled-awaiting-approval", ends("cancelled", unanswered));

    RunHandle stopped = train(LONG, ALWAYS);
    TrainIT.untilEpoch(stopped, 1);
    stopped.stopEarly();
    record("train-stopped-early", ends("completed", stopped));
    RunHandle cancelled = train(LONG, ALWAYS);
    TrainIT.untilEpoch(cancelled, 1);
    cancelled.cancel();
    record("train-cancelled", ends("cancelled", cancelled));
    RunHandle resumed = paused();
    resumed.resume();
    TrainIT.untilEpoch(resumed, 1);
    resumed.stopEarly();
    record("train-paused-and-resumed", ends("completed", resumed));
    RunHandle stoppedThere = paused();
    stoppedThere.stopEarly();
    record("train-stopped-while-paused", ends("completed", stoppedThere));
    RunHandle cancelledThere = paused();
    cancelledThere.cancel();
    record("train-cancelled-while-paused", ends("cancelled", cancelledThere));

    worker.close();
    test.startWorker(Set.of(TrainWorkflow.TASK_QUEUE));
    RunHandle early =
        train(
            LONG,
            ALWAYS,
            "'corpus': {'root': 'data/sample/corpus'}",
            "'embeddings': {'path': 'data/sample/embeddings_npy'}");
    untilTraining(early);
    early.stopEarly();
    test.startWorker(Set.of(TrainWorkflow.GPU_TASK_QUEUE));
    record("train-stopped-before-its-first-epoch", ends("failed", early));
  }

  @Test
  void aTrainingOfWhichNobodyCouldBeTold() throws Exception {
    try (MetricsEndpoint metrics = new MetricsEndpoint(MetricsEndpoint.ANYWHERE);
        TemporalLink link = TemporalLink.to(test.server(), Optional.empty(), false)) {
      WorkerAssembly worker =
          WorkerAssembly.start(
              link,
              test.workspace(),
              AllowedHosts.LOOPBACK,
              new Notifier(Optional.of("echo no mail server; exit 1"), Optional.empty()),
              Set.copyOf(WorkerAssembly.QUEUES),
              metrics.registry());
      try {
        record("train-owner-away", ends("completed", train(SHORT, ALWAYS)));
      } finally {
        worker.close();
      }
    }
  }

  @Test
  void sweeps() throws Exception {
    test.startWorker();
    String list = "'list': [{'training.seed': 1}, {'training.seed': 2}, {'training.seed': 3}, ";
    record(
        "sweep-halved-and-published",
        ends(
            "completed",
            sweep(
                list + TOO_FAST + "], 'halving': {'rungs': [2, 4]}",
                "'evaluation': {'bootstrap': 0}",
                "'publishing': {'model': 'swept', 'gate': 'always'}")));
    record(
        "sweep-ranked",
        ends("completed", sweep(list.substring(0, list.length() - 2) + "]", SHORT)));
    record("sweep-all-failed", ends("failed", sweep("'list': [" + TOO_FAST + "]", SHORT)));
    record("sweep-refused-input", ends("failed", sweep("'list': []", SHORT)));
    RunHandle cancelled = sweep("'grid': {'training.seed': [1, 2]}", LONG);
    await().atMost(A_MINUTE).until(() -> cancelled.progress().running().isPresent());
    cancelled.cancel();
    record("sweep-cancelled", ends("cancelled", cancelled));
  }

  @Test
  void embeddingsFromAudio() throws Exception {
    test.startWorker();
    record(
        "train-from-audio",
        ends(
            "completed",
            test.client()
                .train(
                    json(
                        "'corpus': {'root': 'data/sample/corpus'}, 'embeddings': {'encoder':"
                            + " 'data/sample/encoder'}, "
                            + SHORT
                            + ", "
                            + ALWAYS),
                    "recorded")));
  }

  @Test
  void probes() throws Exception {
    test.startWorker();
    Path layers = twoLayers(test.root());
    Files.writeString(layers.resolve("layer_3.npy"), "no matrix");
    String its = "'corpus': {'root': 'data/sample/corpus'}";
    record(
        "probe-with-a-broken-layer",
        ends("completed", probe("'layers': 'layers', 'seeds': 2, 'rounds': 0", its, EPOCHS)));
    record("probe-refused-input", ends("failed", probe("'seeds': 2", its)));
    RunHandle cancelled = probe("'layers': 'layers', 'seeds': 1", its, LONG);
    untilTraining(cancelled);
    cancelled.cancel();
    record("probe-cancelled", ends("cancelled", cancelled));
  }

  @Test
  void predictions() throws Exception {
    test.startWorker();
    ends("completed", train(SHORT, ALWAYS));
    record("predict-delivered", ends("completed", predict("'predict': {'out': 'my/cps.npy'}")));
    record("predict-unknown-model", ends("failed", predict("'predict': {'model': 'gone'}")));
    // Nothing listens there, so its embeddings are asked for again and again.
    RunHandle cancelled =
        predict("'embeddings': {'source': 'chroma', 'url': 'http://127.0.0.1:9'}");
    await()
        .atMost(A_MINUTE)
        .until(() -> cancelled.pending().stream().anyMatch(each -> each.attempt() > 1));
    cancelled.cancel();
    record("predict-cancelled", ends("cancelled", cancelled));
  }

  /** Layers of an encoder, {@code layers/layer_1.npy} and the same again, from the sample. */
  static Path twoLayers(Path workspace) throws IOException {
    Path layers = workspace.resolve("layers");
    TerminalCapture terminal = new TerminalCapture(false);
    int exit =
        SpeechrateCommand.run(
            terminal.terminal(),
            "embeddings",
            "convert",
            workspace.resolve("data/sample/embeddings_npy").toString(),
            layers.toString(),
            "--to",
            "matrix",
            "--workspace",
            workspace.toString());
    assertThat(exit).as(terminal.err()).isEqualTo(Exit.DONE);
    Files.copy(layers.resolve("x.npy"), layers.resolve("layer_1.npy"));
    Files.move(layers.resolve("x.npy"), layers.resolve("layer_2.npy"));
    return layers;
  }

  private RunHandle train(String... fields) throws IOException {
    return test.client().train(json(String.join(", ", fields)), "recorded");
  }

  private RunHandle sweep(String sweep, String... fields) throws IOException {
    return test.client()
        .sweep(json("'sweep': {" + sweep + "}, " + String.join(", ", fields)), "recorded");
  }

  private RunHandle probe(String probe, String... fields) throws IOException {
    return test.client()
        .probe(json("'probe': {" + probe + "}, " + String.join(", ", fields)), "recorded");
  }

  private RunHandle predict(String fields) throws IOException {
    return test.client().predict(json(fields), "recorded");
  }

  static JsonNode json(String fields) throws IOException {
    return JSON.readTree("{" + fields.replace('\'', '"') + "}");
  }

  private RunHandle paused() throws IOException {
    RunHandle run = train(LONG, ALWAYS);
    TrainIT.untilEpoch(run, 1);
    run.pause();
    await().atMost(A_MINUTE).until(() -> run.pending().isEmpty());
    return run;
  }

  static void untilTraining(RunHandle run) {
    await()
        .atMost(A_MINUTE)
        .until(() -> run.pending().stream().anyMatch(each -> each.stage().equals("training")));
  }

  private static RunHandle ends(String outcome, RunHandle run) {
    await().atMost(A_MINUTE).until(() -> run.outcome().equals(outcome));
    return run;
  }

  /** Whose machine and which process it was is nobody's business. */
  private void record(String name, RunHandle run) throws IOException {
    String json = test.client().temporal().fetchHistory(run.workflowId(), run.runId()).toJson(true);
    Files.writeString(
        folder.resolve(name + ".json"), json.replaceAll("\"\\d+@[^\":]+", "\"recorded") + "\n");
  }
}
