package org.speechrate.pipeline;

import io.temporal.api.common.v1.Payload;
import io.temporal.api.enums.v1.RetryState;
import io.temporal.common.SearchAttributeKey;
import io.temporal.common.SearchAttributeUpdate;
import io.temporal.common.converter.RawValue;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.speechrate.pipeline.StageState.State;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.pipeline.publishing.Approval;
import org.speechrate.pipeline.publishing.PublishingActivities;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.training.TrainingActivities;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingResult;

/** The recipe of a run: seven stages in order, nothing computed. */
public final class TrainWorkflowImpl implements TrainWorkflow {
  /**
   * Temporal ends a run at 51,200 events. Beyond this many it can't be paused any more: what is
   * left is enough for the rest of a run, whose signals are bounded for each activity.
   */
  private static final int MOST_EVENTS = 20_000;

  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

  private final RunView view = new RunView();
  private final RunRecorder recorder = new RunRecorder(view);

  /** The attempt to train that a worker has or waits for. */
  private Optional<CancellationScope> training = Optional.empty();

  private boolean trainingBegan;
  private boolean trainingEnded;
  private boolean stopRequested;
  private boolean paused;
  private boolean awaitsApproval;
  private Optional<Approval> approval = Optional.empty();
  private Optional<ApprovalWord> rejection = Optional.empty();

  @Override
  public RunResult train(RawValue input) {
    return recorder.run(
        workspace -> {
          RunSpec spec = RunSpecReader.read(text(input), StageCalls::ofSample);
          recorder.spec(spec);
          RunResult result = stages(workspace, spec);
          String outcome =
              result.verdict()
                  + "; "
                  + result
                      .publishing()
                      .path()
                      .map(path -> "published " + path)
                      .orElse("not published");
          recorder.completed(outcome, result);
          return result;
        },
        this::endPause);
  }

  /**
   * The UI's form copies the search attributes of the newest run, so a new one would be listed with
   * another one's test MSE and version.
   */
  static void forgetAnotherRunsResult() {
    var given = Workflow.getTypedSearchAttributes();
    SearchAttributeUpdate<?>[] unset =
        SearchAttributes.ALL.stream()
            .filter(given::containsKey)
            .map(SearchAttributeKey::valueUnset)
            .toArray(SearchAttributeUpdate<?>[]::new);
    if (unset.length > 0) {
      Workflow.upsertTypedSearchAttributes(unset);
    }
  }

  private RunResult stages(String workspace, RunSpec spec) {
    boolean reuse = spec.reuse();
    view.headline("training " + spec.publishing().model() + ", recipe " + spec.training().title());
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.MODEL.valueSet(spec.publishing().model()));
    StageCalls.checkAlsoWrite(workspace, spec);

    Optional<Artifact> corpus = Optional.empty();
    if (spec.needsCorpus()) {
      corpus =
          Optional.of(stage(Stage.CORPUS, () -> StageCalls.corpus(workspace, spec)).artifact());
    } else {
      view.skip(Stage.CORPUS, "labels are given, so no audio is read");
    }

    Optional<Artifact> scanned = corpus;
    StageResult<LabelFacts> labels =
        stage(Stage.LABELS, () -> StageCalls.labels(workspace, spec, scanned));
    StageResult<EmbeddingFacts> embeddings =
        stage(Stage.EMBEDDINGS, () -> StageCalls.embeddings(workspace, spec, scanned));
    StageResult<DatasetFacts> dataset =
        stage(
            Stage.DATASET,
            () -> StageCalls.dataset(workspace, spec, labels.artifact(), embeddings.artifact()));
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.DATASET.valueSet(dataset.artifact().sha256().substring(0, 12)));

    StageResult<TrainingFacts> trained =
        stage(
            Stage.TRAINING,
            () ->
                trainUntilDone(
                    new TrainingRequest(
                        workspace,
                        reuse,
                        spec.training(),
                        dataset.artifact(),
                        embeddings.artifact(),
                        Optional.empty(),
                        false)));
    view.curve(trained.facts().curve());

    StageResult<EvaluationFacts> evaluation =
        stage(
            Stage.EVALUATION,
            () ->
                StageCalls.evaluation(
                    workspace,
                    spec,
                    labels.artifact(),
                    dataset,
                    embeddings.artifact(),
                    trained.artifact()));
    String report = evaluation.artifact().uri() + "/" + EvaluationFacts.REPORT;
    view.below(ProgressPage.report(report));
    view.headline(evaluation.facts().verdict());
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.TEST_MSE.valueSet(evaluation.facts().splits().get("test").mse()));

    PublishingResult published =
        publish(
            new PublishingRequest(
                workspace,
                VersionName.of(Workflow.getInfo().getRunId(), started(), trained.artifact()),
                spec,
                corpus,
                labels.artifact(),
                embeddings.artifact(),
                dataset.artifact(),
                trained.artifact(),
                evaluation.artifact(),
                dataset.facts(),
                trained.facts(),
                evaluation.facts(),
                Optional.empty()));
    return new RunResult(
        Workflow.getInfo().getWorkflowId(),
        Workflow.getInfo().getRunId(),
        evaluation.facts().verdict(),
        evaluation.facts().splits(),
        published,
        view.states(),
        Optional.of(report));
  }

  /**
   * A cancelled training returns its checkpoint. Where somebody asked it to stop early, the best
   * weights of that checkpoint become its output; where somebody paused it, it goes on from there
   * later; else the whole run was cancelled.
   */
  private StageResult<TrainingFacts> trainUntilDone(TrainingRequest request) {
    TrainingActivities activities =
        StageCalls.activities(
            TrainingActivities.class, Stage.TRAINING, "on the dataset's train split");
    trainingBegan = true;
    TrainingRequest next = request;
    TrainingResult result = trainUntilStopped(activities, next);
    while (result.finished().isEmpty()) {
      if (CancellationScope.current().isCancelRequested()) {
        throw new CanceledFailure("training was cancelled");
      }
      next = result.checkpoint().map(next::from).orElse(next);
      if (paused) {
        hold(Stage.TRAINING, State.RUNNING);
      }
      result = stopRequested ? finish(activities, next) : trainUntilStopped(activities, next);
    }
    trainingEnded = true;
    return result.finished().get();
  }

  /** Neither finished nor a checkpoint: no worker was there to write one. */
  private TrainingResult trainUntilStopped(TrainingActivities activities, TrainingRequest request) {
    AtomicReference<Promise<TrainingResult>> running = new AtomicReference<>();
    CancellationScope scope =
        Workflow.newCancellationScope(
            () -> running.set(Async.function(activities::trainModel, request)));
    training = Optional.of(scope);
    scope.run();
    try {
      return running.get().get();
    } catch (ActivityFailure failure) {
      if (scope.isCancelRequested() && isCancelled(failure)) {
        return new TrainingResult(Optional.empty(), Optional.empty());
      }
      throw failure;
    } finally {
      training = Optional.empty();
    }
  }

  private static TrainingResult finish(TrainingActivities activities, TrainingRequest request) {
    // Runs from before this version fail here, where no worker could tell of a checkpoint.
    if (request.checkpoint().isEmpty()
        && Workflow.getVersion("finish-from-disk", Workflow.DEFAULT_VERSION, 1)
            == Workflow.DEFAULT_VERSION) {
      throw new Refusal(
          Refusal.Kind.NOTHING_TRAINED,
          "training: stopped before a worker had begun its first epoch, so there is nothing to keep");
    }
    return activities.trainModel(request.finished());
  }

  /**
   * Waits, without a timer or a worker, until somebody resumes the run or stops its training early.
   *
   * @param after the stage's state once it goes on
   */
  private void hold(Stage stage, State after) {
    view.hold(stage);
    try {
      Workflow.await(() -> !paused);
    } finally {
      view.goOn(stage, after);
    }
  }

  private void setPaused(boolean now) {
    paused = now;
    view.paused(now);
    Workflow.upsertTypedSearchAttributes(
        now ? SearchAttributes.PAUSED.valueSet(true) : SearchAttributes.PAUSED.valueUnset());
  }

  private PublishingResult publish(PublishingRequest request) {
    PublishingActivities publishing =
        StageCalls.activities(
            PublishingActivities.class,
            Stage.PUBLISHING,
            request.spec().publishing().model() + " " + request.version());
    view.begin(Stage.PUBLISHING);
    try {
      PublishingResult result = publishing.publishModel(request);
      if (result.awaitsApproval()) {
        result = awaitApproval(publishing, request, result);
      }
      view.end(Stage.PUBLISHING, State.DONE, result.reason(), Optional.empty());
      result
          .version()
          .ifPresent(
              version ->
                  Workflow.upsertTypedSearchAttributes(SearchAttributes.VERSION.valueSet(version)));
      return result;
    } catch (ActivityFailure failure) {
      throw view.failed(Stage.PUBLISHING, failure);
    } catch (CanceledFailure cancel) {
      view.end(Stage.PUBLISHING, State.CANCELLED, "the run was cancelled", Optional.empty());
      throw cancel;
    }
  }

  /** The gate has said yes; now somebody has to, until the deadline. */
  private PublishingResult awaitApproval(
      PublishingActivities publishing, PublishingRequest request, PublishingResult open) {
    int hours = request.spec().publishing().approvalDeadlineHours();
    awaitsApproval = true;
    view.awaitApproval(open.reason(), Workflow.currentTimeMillis() + hours * HOUR_MILLIS);
    Workflow.upsertTypedSearchAttributes(SearchAttributes.AWAITS_APPROVAL.valueSet(true));
    try {
      recorder.tell(
          RunNotice.waitingForApproval(
              Workflow.getInfo().getWorkflowId(),
              Workflow.getInfo().getRunId(),
              request,
              open.reason()));
      Workflow.await(Duration.ofHours(hours), () -> approval.isPresent() || rejection.isPresent());
    } finally {
      awaitsApproval = false;
      view.goOn(Stage.PUBLISHING, State.RUNNING);
      CancellationScope scope =
          Workflow.newDetachedCancellationScope(
              () ->
                  Workflow.upsertTypedSearchAttributes(
                      SearchAttributes.AWAITS_APPROVAL.valueUnset()));
      scope.run();
    }
    if (approval.isPresent()) {
      return publishing.publishModel(request.approved(approval.get()));
    }
    return open.refused(
        rejection
                .map(
                    word ->
                        PublishingResult.REJECTED
                            + word.who()
                            + " ("
                            + word.text().orElseThrow()
                            + ")")
                .orElse("nobody approved it within " + Counts.of(hours, "hour"))
            + "; the gate had said: "
            + open.reason());
  }

  private <F extends StageFacts> StageResult<F> stage(Stage stage, Supplier<StageResult<F>> work) {
    if (paused) {
      hold(stage, State.WAITING);
    }
    return view.run(stage, work);
  }

  /**
   * Whether the activity ended because it was told to. A worker that died, or left, before it could
   * say so leaves another failure, which is not tried again.
   */
  static boolean isCancelled(ActivityFailure failure) {
    boolean refused =
        failure.getCause() instanceof ApplicationFailure cause && cause.isNonRetryable();
    return failure.getCause() instanceof CanceledFailure
        || (failure.getRetryState() == RetryState.RETRY_STATE_CANCEL_REQUESTED && !refused);
  }

  static String text(RawValue input) {
    Payload payload = input == null ? Payload.getDefaultInstance() : input.getPayload();
    return payload.getData().toString(StandardCharsets.UTF_8);
  }

  static Instant started() {
    return Instant.ofEpochMilli(Workflow.getInfo().getRunStartedTimestampMillis());
  }

  private void endPause() {
    if (paused) {
      setPaused(false);
    }
  }

  @Override
  public RunProgress progress() {
    return view.progress();
  }

  @Override
  public String stopEarly() {
    stopRequested = true;
    boolean wasPaused = paused;
    endPause();
    training.ifPresent(scope -> scope.cancel("stopped early"));
    return wasPaused
        ? "training ends where it was paused, and the run goes on with the best weights so far"
        : "training ends after the epoch in hand, and the run goes on with the best weights so far";
  }

  @Override
  public void checkStopEarly() {
    if (!trainingBegan || trainingEnded) {
      throw new IllegalStateException(
          "nothing to stop: " + now() + ", and only training can be stopped early");
    }
    if (stopRequested) {
      throw new IllegalStateException("training is being stopped already");
    }
  }

  @Override
  public String pause() {
    setPaused(true);
    training.ifPresent(scope -> scope.cancel("paused"));
    return training.isPresent()
        ? "training pauses after the epoch in hand and keeps a checkpoint; `resume` goes on from"
            + " there, `stopEarly` ends training there"
        : "the run pauses before its next stage (" + now() + "); `resume` lets it go on";
  }

  @Override
  public void checkPause() {
    if (paused) {
      throw new IllegalStateException("the run is paused already; `resume` lets it go on");
    }
    if (trainingEnded || stopRequested) {
      throw new IllegalStateException(
          "nothing to pause: "
              + (trainingEnded ? now() : "training is being stopped")
              + ", and a run can be paused until its training ends");
    }
    if (Workflow.getInfo().getHistoryLength() > MOST_EVENTS) {
      throw new IllegalStateException(
          "this run was paused so often that Temporal's history of it is nearly full; it can be"
              + " stopped early or cancelled, but not paused once more");
    }
  }

  @Override
  public String resume() {
    setPaused(false);
    return "the run goes on";
  }

  @Override
  public void checkResume() {
    if (!paused) {
      throw new IllegalStateException("nothing to resume: the run is not paused, " + now());
    }
  }

  @Override
  public String approve(RawValue input) {
    ApprovalWord word = ApprovalWord.approval(input);
    approval =
        Optional.of(
            new Approval(
                word.who(),
                word.text(),
                Instant.ofEpochMilli(Workflow.currentTimeMillis())
                    .truncatedTo(ChronoUnit.SECONDS)
                    .toString(),
                Workflow.getCurrentUpdateInfo().orElseThrow().getUpdateId()));
    return "approved by "
        + word.who()
        + "; the run publishes its model, unless the gate now says no";
  }

  @Override
  public void checkApprove(RawValue input) {
    requireAwaitsApproval("approve");
    ApprovalWord.approval(input);
  }

  @Override
  public String reject(RawValue input) {
    rejection = Optional.of(ApprovalWord.rejection(input));
    return "rejected by " + rejection.get().who() + "; the run ends and publishes nothing";
  }

  @Override
  public void checkReject(RawValue input) {
    requireAwaitsApproval("reject");
    ApprovalWord.rejection(input);
  }

  private void requireAwaitsApproval(String what) {
    if (approval.isPresent() || rejection.isPresent()) {
      throw new IllegalStateException(
          "nothing to "
              + what
              + ": the run was "
              + approval
                  .map(word -> "approved by " + word.who())
                  .or(() -> rejection.map(word -> "rejected by " + word.who()))
                  .orElseThrow());
    }
    if (!awaitsApproval) {
      throw new IllegalStateException(
          "nothing to " + what + ": the run does not wait for approval, " + now());
    }
  }

  private String now() {
    return view.running().map(stage -> stage.word() + " is running").orElse("no stage is running");
  }

  @Override
  public void reportProgress(StageProgress newest) {
    view.report(newest);
  }
}
