package org.speechrate.pipeline;

import io.temporal.activity.Activity;
import io.temporal.client.ActivityCompletionException;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.speechrate.pipeline.corpus.CorpusActivities;
import org.speechrate.pipeline.corpus.CorpusFacts;
import org.speechrate.pipeline.corpus.CorpusRequest;
import org.speechrate.pipeline.dataset.DatasetActivities;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetRequest;
import org.speechrate.pipeline.embeddings.EmbeddingActivities;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.embeddings.EncodingActivities;
import org.speechrate.pipeline.embeddings.EncodingRequest;
import org.speechrate.pipeline.evaluation.EvaluationActivities;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationRequest;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.labels.LabelActivities;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.pipeline.labels.LabelRequest;
import org.speechrate.pipeline.publishing.PublishingActivities;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.training.TrainingActivities;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingResult;

/** All activities, made up; a test says which of them misbehave. */
class FakeStages
    implements RunActivities,
        CorpusActivities,
        LabelActivities,
        EmbeddingActivities,
        EncodingActivities,
        DatasetActivities,
        TrainingActivities,
        EvaluationActivities,
        PublishingActivities {
  static final String WORKSPACE = "workspace-1";

  /** What was called, in order. */
  final List<String> calls = Collections.synchronizedList(new ArrayList<>());

  final List<RunRecord> records = Collections.synchronizedList(new ArrayList<>());
  final List<PublishingRequest> publishingRequests =
      Collections.synchronizedList(new ArrayList<>());

  /** Each try to tell the owner, who may be away. */
  final List<RunNotice> notices = Collections.synchronizedList(new ArrayList<>());

  boolean ownerIsAway;

  /** Whether the model is published, and why not. */
  Optional<PublishingResult> unpublished = Optional.empty();

  /** Reached when training is under way. */
  final CountDownLatch trainingRuns = new CountDownLatch(1);

  /** Stages that find their output made already. */
  boolean everythingIsThere;

  volatile boolean gateSaysYes = true;

  /** Training goes on until it is cancelled. */
  volatile boolean trainsForever;

  /** Labels fail this often before they work. */
  int labelOutages;

  /** Labels, and evaluation, end only then. */
  Optional<CountDownLatch> labelsWaitFor = Optional.empty();

  volatile Optional<CountDownLatch> evaluationWaitsFor = Optional.empty();

  /** Reached when labels are under way. */
  final CountDownLatch labelsRun = new CountDownLatch(1);

  Optional<Refusal> datasetRefusal = Optional.empty();

  @Override
  public String openRun(Optional<String> workspace) {
    calls.add("openRun " + workspace.orElse("-"));
    return WORKSPACE;
  }

  @Override
  public void recordRun(String workspace, RunRecord run) {
    records.add(run);
  }

  @Override
  public void tellOwner(String workspace, RunNotice notice) {
    notices.add(notice);
    if (ownerIsAway) {
      throw new IllegalStateException("exit code 1: no mail server");
    }
  }

  @Override
  public StageResult<CorpusFacts> scanCorpus(CorpusRequest request) {
    return result(Stage.CORPUS, new CorpusFacts(6, 3, 3600, Optional.empty()));
  }

  @Override
  public StageResult<LabelFacts> labelUtterances(LabelRequest request) {
    if (labelOutages-- > 0) {
      calls.add("labels fail");
      throw new IllegalStateException("the disk is full");
    }
    labelsRun.countDown();
    labelsWaitFor.ifPresent(FakeStages::heartbeatUntil);
    return result(
        Stage.LABELS,
        new LabelFacts(new TreeMap<>(Map.of("train", 2L, "dev", 2L, "test", 2L)), 12));
  }

  @Override
  public StageResult<EmbeddingFacts> loadEmbeddings(EmbeddingRequest request) {
    return result(Stage.EMBEDDINGS, new EmbeddingFacts("numpy-dict", 6, 256));
  }

  @Override
  public StageResult<EmbeddingFacts> encodeAudio(EncodingRequest request) {
    calls.add(
        String.format(
            "encode %s by %s on %s",
            request.corpus().uri(),
            request.encoder(),
            Activity.getExecutionContext().getInfo().getActivityTaskQueue()));
    return result(Stage.EMBEDDINGS, new EmbeddingFacts("audio", 6, 256));
  }

  @Override
  public StageResult<DatasetFacts> joinDataset(DatasetRequest request) {
    if (datasetRefusal.isPresent()) {
      Refusal refusal = datasetRefusal.get();
      calls.add("dataset refuses");
      throw ApplicationFailure.newNonRetryableFailure(refusal.getMessage(), refusal.kind().name());
    }
    return result(
        Stage.DATASET,
        new DatasetFacts(
            new TreeMap<>(Map.of("train", 2L, "dev", 2L, "test", 2L)),
            new TreeMap<>(),
            0,
            0,
            256,
            "no speaker is in two splits"));
  }

  @Override
  public TrainingResult trainModel(TrainingRequest request) {
    if (request.finish()) {
      calls.add("finish at " + request.checkpoint().orElseThrow());
      return trained(7, "stopped early at epoch 7");
    }
    request.checkpoint().ifPresent(checkpoint -> calls.add("goes on from " + checkpoint));
    if (trainsForever) {
      calls.add("training begins");
      trainingRuns.countDown();
      untilCancelled();
      return new TrainingResult(Optional.empty(), Optional.of("data/runs/w/r/checkpoint"));
    }
    return trained(20, "all epochs");
  }

  private TrainingResult trained(int epochs, String ended) {
    return new TrainingResult(
        Optional.of(
            result(
                Stage.TRAINING,
                new TrainingFacts(
                    epochs,
                    epochs,
                    2.5,
                    ended,
                    "cpu",
                    "PyTorch",
                    List.of(new EpochLoss(1, 9, 8), new EpochLoss(epochs, 2, 2.5))))),
        Optional.empty());
  }

  private static void heartbeatUntil(CountDownLatch end) {
    while (end.getCount() > 0) {
      Activity.getExecutionContext().heartbeat("alive");
      Thread.onSpinWait();
    }
  }

  /** A cancel comes as the answer to a heartbeat. */
  private static void untilCancelled() {
    try {
      while (true) {
        Activity.getExecutionContext().heartbeat("alive");
        Thread.onSpinWait();
      }
    } catch (ActivityCompletionException cancelled) {
      // The worker's way to say that the workflow cancelled it.
    }
  }

  @Override
  public StageResult<EvaluationFacts> evaluateModel(EvaluationRequest request) {
    evaluationWaitsFor.ifPresent(FakeStages::heartbeatUntil);
    SplitMetrics metrics =
        new SplitMetrics(2, 2.6, 1.3, Optional.of(0.4), Optional.empty(), 4.2, 1.7);
    return result(
        Stage.EVALUATION,
        new EvaluationFacts(
            Map.of("train", metrics, "dev", metrics, "test", metrics),
            true,
            "Better than the mean"));
  }

  @Override
  public PublishingResult publishModel(PublishingRequest request) {
    calls.add("publishing");
    publishingRequests.add(request);
    if (unpublished.isPresent()) {
      return unpublished.get();
    }
    if (!gateSaysYes) {
      return new PublishingResult(
          false, "speech-rate", Optional.empty(), Optional.empty(), "no better");
    }
    if (request.spec().publishing().approval() && request.approval().isEmpty()) {
      return new PublishingResult(
          false,
          "speech-rate",
          Optional.empty(),
          Optional.empty(),
          "better than the mean",
          true,
          Optional.of("test set"));
    }
    return new PublishingResult(
        true,
        "speech-rate",
        Optional.of(request.version()),
        Optional.of("models/speech-rate/" + request.version()),
        "published");
  }

  @Override
  public void checkAlsoWrite(String workspace, String alsoWrite) {
    calls.add("may write " + alsoWrite);
    if (alsoWrite.startsWith("/")) {
      throw FailureLine.failure("not there", Refusal.Kind.PATH_NOT_ALLOWED.name());
    }
  }

  private <F extends StageFacts> StageResult<F> result(Stage stage, F facts) {
    calls.add(stage.word());
    return new StageResult<>(
        new Artifact(
            "data/stages/" + stage.word() + "/key",
            "0123456789abcdef0123456789abcdef",
            facts.rows()),
        everythingIsThere,
        facts);
  }

  /** A server with skipped time and a worker of both task queues, whose activities these are. */
  TestWorkflowEnvironment environment() {
    TestEnvironmentOptions.Builder environment = TestEnvironmentOptions.newBuilder();
    SearchAttributes.ALL.forEach(
        key -> environment.registerSearchAttribute(key.getName(), key.getValueType()));
    TestWorkflowEnvironment temporal = TestWorkflowEnvironment.newInstance(environment.build());
    WorkerOptions options =
        WorkerOptions.newBuilder()
            .setMaxHeartbeatThrottleInterval(Duration.ofMillis(50))
            .setDefaultHeartbeatThrottleInterval(Duration.ofMillis(50))
            .build();
    Worker worker = temporal.newWorker(TrainWorkflow.TASK_QUEUE, options);
    worker.registerWorkflowImplementationTypes(
        TrainWorkflowImpl.class,
        SweepWorkflowImpl.class,
        ProbeWorkflowImpl.class,
        PredictWorkflowImpl.class);
    worker.registerActivitiesImplementations(this);
    temporal
        .newWorker(TrainWorkflow.GPU_TASK_QUEUE, options)
        .registerActivitiesImplementations(this);
    temporal.start();
    return temporal;
  }
}
