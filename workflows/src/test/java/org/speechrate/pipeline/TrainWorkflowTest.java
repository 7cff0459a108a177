package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.temporal.api.common.v1.Payload;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.common.converter.RawValue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.publishing.Approval;
import org.speechrate.pipeline.publishing.PublishingResult;

/** The workflow with skipped time and made-up activities. */
@Timeout(60)
class TrainWorkflowTest extends WithFakeStages<FakeStages> {
  private static final ObjectMapper JSON = new ObjectMapper();

  TrainWorkflowTest() {
    super(new FakeStages());
  }

  private RunHandle train(String spec) throws JsonProcessingException {
    return client.train(JSON.readTree(spec), "test");
  }

  @Test
  void runsTheSevenStagesInOrder() throws Exception {
    RunHandle run = train("{}");
    RunResult result = run.result();

    assertThat(stages.calls)
        .containsExactly(
            "openRun " + FakeStages.WORKSPACE,
            "corpus",
            "labels",
            "encode data/stages/corpus/key by data/sample/encoder on "
                + TrainWorkflow.GPU_TASK_QUEUE,
            "embeddings",
            "dataset",
            "training",
            "evaluation",
            "publishing");
    assertThat(result.workflowId()).isEqualTo(run.workflowId());
    assertThat(result.runId()).isEqualTo(run.runId());
    assertThat(result.evaluation().get("test").mse()).isEqualTo(2.6);
    assertThat(result.publishing().published()).isTrue();
    assertThat(result.report())
        .contains(result.stage(Stage.EVALUATION).artifact().orElseThrow().uri() + "/report.html");
    assertThat(states(result.stages())).containsOnly(StageState.State.DONE);
    assertThat(run.progress().stages()).isEqualTo(result.stages());
  }

  @Test
  void theOwnerIsToldOfAPublishedModelOnce() throws Exception {
    RunHandle run = train("{}");
    RunResult result = run.result();

    assertThat(stages.notices)
        .containsExactly(
            new RunNotice(
                "published",
                run.workflowId(),
                run.runId(),
                "published " + result.publishing().path().orElseThrow() + ": Better than the mean",
                Optional.of("Better than the mean"),
                Optional.of("speech-rate"),
                result.publishing().version(),
                result.publishing().path(),
                Optional.of(2.6)));
    assertThat(stages.records).hasSize(1);
    assertThat(stages.records.get(0).untold()).isEmpty();
  }

  @Test
  void theOwnerIsToldOfAGatesNoAndOfAFailureButNotOfANightWithoutNews() throws Exception {
    stages.unpublished =
        Optional.of(
            new PublishingResult(
                false, "m", Optional.empty(), Optional.empty(), "worse than the mean"));
    train("{}").result();
    stages.unpublished = Optional.of(PublishingResult.nothingNew("m", "v1"));
    train("{}").result();
    RunHandle refused = train("{\"labels\": 1}");
    assertThatThrownBy(refused::result).isInstanceOf(RunFailure.class);

    assertThat(stages.notices.stream().map(each -> each.event() + ", " + each.sentence()))
        .containsExactly(
            "refused, not published: worse than the mean",
            "failed, failed: labels must be an object, got 1");
    assertThat(stages.records.get(1).sentence())
        .isEqualTo("nothing new: data, embeddings and choices are those of v1");
  }

  @Test
  void aRunWhoseOwnerCannotBeToldCompletesAndSaysSoInItsFile() throws Exception {
    stages.ownerIsAway = true;

    assertThat(train("{}").result().publishing().published()).isTrue();

    assertThat(stages.notices).hasSize(4);
    assertThat(stages.records).hasSize(2);
    assertThat(stages.records.get(1).outcome()).isEqualTo("completed");
    assertThat(stages.records.get(1).untold().orElseThrow())
        .contains("exit code 1: no mail server");
  }

  @Test
  void versionIsTheRunsStartInUtcAndEightHexDigits() throws Exception {
    String version = train("{}").result().publishing().version().orElseThrow();

    assertThat(version).matches("\\d{8}T\\d{6}Z-[0-9a-f]{8}");
  }

  @Test
  void twoRunsGetTwoVersions() throws Exception {
    train("{}").result();
    train("{}").result();

    assertThat(stages.publishingRequests.stream().map(request -> request.version()).distinct())
        .hasSize(2);
  }

  @Test
  void readsNoAudioWhereLabelsAreGiven() throws Exception {
    RunResult result =
        train(
                "{\"labels\": {\"directory\": \"l\"}, \"embeddings\": {\"source\": \"numpy-dict\","
                    + " \"path\": \"e\"}}")
            .result();

    assertThat(stages.calls).doesNotContain("corpus").contains("labels");
    assertThat(result.stages().get(0).state()).isEqualTo(StageState.State.SKIPPED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"labels\": {\"directory\": \"l\"}, "})
  void anEncoderGetsTheCorpusOnTheGpusQueueAlsoWhereLabelsAreGiven(String labels) throws Exception {
    train("{" + labels + "\"corpus\": {\"root\": \"c\"}, \"embeddings\": {\"encoder\": \"e\"}}")
        .result();

    assertThat(stages.calls)
        .containsSequence(
            "corpus",
            "labels",
            "encode data/stages/corpus/key by e on " + TrainWorkflow.GPU_TASK_QUEUE,
            "embeddings",
            "dataset");
  }

  @Test
  void reusedStagesAreShownAsReused() throws Exception {
    stages.everythingIsThere = true;

    List<StageState> states = train("{}").result().stages();

    assertThat(states.subList(0, 6))
        .allSatisfy(state -> assertThat(state.state()).isEqualTo(StageState.State.REUSED));
    assertThat(states.get(6).state()).isEqualTo(StageState.State.DONE);
  }

  @Test
  void anOutageIsRetriedUntilItIsOver() throws Exception {
    stages.labelOutages = 5;

    RunResult result = train("{}").result();

    assertThat(stages.calls.stream().filter("labels fail"::equals)).hasSize(5);
    assertThat(result.publishing().published()).isTrue();
  }

  @Test
  void aRefusalFailsTheRunAtOnceWithItsOneLine() throws Exception {
    stages.datasetRefusal =
        Optional.of(new Refusal(Refusal.Kind.MISSING_SAMPLE, "2 embeddings have no label: a, b"));

    RunHandle run = train("{}");

    assertThatThrownBy(run::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("MISSING_SAMPLE"))
        .hasMessage("2 embeddings have no label: a, b");
    assertThat(stages.calls.stream().filter("dataset refuses"::equals)).hasSize(1);
    assertThat(stages.calls).doesNotContain("training");
    RunRecord record = stages.records.get(0);
    assertThat(record.outcome()).isEqualTo("failed");
    assertThat(record.message()).isEqualTo("2 embeddings have no label: a, b");
    assertThat(record.stages().get(3).state()).isEqualTo(StageState.State.FAILED);
    assertThat(record.stages().get(4).state()).isEqualTo(StageState.State.SKIPPED);
    assertThat(record.stages().get(4).text()).isEqualTo("not reached");
  }

  @Test
  void aMisspeltFieldFailsTheRunBeforeAnyStage() throws Exception {
    RunHandle run = train("{\"training\": {\"epoch\": 3}}");

    assertThatThrownBy(run::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("INVALID_SPEC"))
        .hasMessageStartingWith("training.epoch is not a known field; known here: recipe");
    assertThat(stages.calls).containsExactly("openRun " + FakeStages.WORKSPACE);
    assertThat(stages.records.get(0).spec()).isEmpty();
  }

  @Test
  void aPathThatMustNotBeWrittenFailsTheRunBeforeAnyStage() throws Exception {
    assertThatThrownBy(train("{\"publishing\": {\"alsoWrite\": \"/up.pt\"}}")::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("PATH_NOT_ALLOWED"))
        .hasMessage("not there");
    assertThat(stages.calls).endsWith("may write /up.pt").doesNotContain("corpus", "labels");

    train("{\"publishing\": {\"alsoWrite\": \"in.pt\"}}").result();
    assertThat(stages.calls).containsSubsequence("may write in.pt", "corpus", "publishing");
  }

  @Test
  void theUiMaySendNothingAtAll() {
    WorkflowStub run = untyped();
    run.start();

    assertThat(run.getResult(RunResult.class).publishing().published()).isTrue();
    assertThat(stages.calls).startsWith("openRun -");
  }

  @Test
  void plainTextFailsTheRunAndNotItsTask() {
    WorkflowStub run = untyped();
    run.start(
        new RawValue(
            Payload.newBuilder()
                .putMetadata("encoding", ByteString.copyFromUtf8("json/plain"))
                .setData(ByteString.copyFrom("train it".getBytes(StandardCharsets.UTF_8)))
                .build()));

    assertThatThrownBy(() -> run.getResult(RunResult.class))
        .cause()
        .hasMessageContaining("the input is not valid JSON at line 1, column 6");
  }

  private WorkflowStub untyped() {
    return temporal
        .getWorkflowClient()
        .newUntypedWorkflowStub(
            TrainWorkflow.TYPE,
            WorkflowOptions.newBuilder().setTaskQueue(TrainWorkflow.TASK_QUEUE).build());
  }

  @Test
  void stopEarlyKeepsTheBestWeightsAndTheRunGoesOn() throws Exception {
    stages.trainsForever = true;
    RunHandle run = train("{}");
    stages.trainingRuns.await();

    assertThat(run.stopEarly())
        .isEqualTo(
            "training ends after the epoch in hand, and the run goes on with the best weights so"
                + " far");

    RunResult result = run.result();
    assertThat(stages.calls).contains("finish at data/runs/w/r/checkpoint", "publishing");
    assertThat(result.stages().get(4).text()).contains("stopped early at epoch 7");
  }

  @Test
  void stopEarlyIsRefusedWhereNothingTrains() throws Exception {
    RunHandle run = train("{}");
    run.result();

    assertThatThrownBy(run::stopEarly).isInstanceOf(RuntimeException.class);

    stages.labelOutages = Integer.MAX_VALUE;
    RunHandle waiting = train("{}");
    assertThatThrownBy(waiting::stopEarly)
        .isInstanceOf(WorkflowUpdateException.class)
        .cause()
        .hasMessageContaining("nothing to stop: ");
    waiting.cancel();
  }

  @Test
  void aPausedTrainingGoesOnFromItsCheckpoint() throws Exception {
    stages.trainsForever = true;
    RunHandle run = train("{}");
    stages.trainingRuns.await();

    assertThat(run.pause())
        .isEqualTo(
            "training pauses after the epoch in hand and keeps a checkpoint; `resume` goes on from"
                + " there, `stopEarly` ends training there");
    awaitTraining(run, StageState.State.PAUSED);
    assertThat(run.outcome()).isEqualTo("paused");
    assertThat(run.pending()).as("nothing runs, nothing waits for a worker").isEmpty();
    assertRefused(run::pause, "the run is paused already; `resume` lets it go on");

    stages.trainsForever = false;
    assertThat(run.resume()).isEqualTo("the run goes on");

    RunResult result = run.result();
    assertThat(stages.calls)
        .containsSubsequence(
            "training begins", "goes on from data/runs/w/r/checkpoint", "training", "publishing");
    assertThat(result.stages().get(4).text()).contains("all epochs");
    assertThat(run.outcome()).isEqualTo("completed");
  }

  @Test
  void timeThatARunIsPausedIsNotTheStages() throws Exception {
    stages.trainsForever = true;
    RunHandle run = train("{}");
    stages.trainingRuns.await();
    run.pause();
    awaitTraining(run, StageState.State.PAUSED);
    temporal.sleep(Duration.ofDays(3));
    stages.trainsForever = false;
    run.resume();

    assertThat(run.result().stages().get(4).seconds()).isLessThan(3600);
  }

  @Test
  void stopEarlyEndsAPausedTrainingWhereItStands() throws Exception {
    stages.trainsForever = true;
    RunHandle run = train("{}");
    stages.trainingRuns.await();
    run.pause();
    awaitTraining(run, StageState.State.PAUSED);

    assertThat(run.stopEarly())
        .isEqualTo(
            "training ends where it was paused, and the run goes on with the best weights so far");

    assertThat(run.result().stages().get(4).text()).contains("stopped early at epoch 7");
    assertThat(stages.calls).containsOnlyOnce("training begins");
  }

  @Test
  void aPausedRunCanBeCancelled() throws Exception {
    stages.trainsForever = true;
    RunHandle run = train("{}");
    stages.trainingRuns.await();
    run.pause();
    awaitTraining(run, StageState.State.PAUSED);

    run.cancel();

    assertThatThrownBy(run::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("CANCELLED"));
    assertThat(stages.calls).doesNotContain("evaluation", "publishing");
    RunRecord record = stages.records.get(0);
    assertThat(record.outcome()).isEqualTo("cancelled");
    assertThat(record.stages().get(4).state()).isEqualTo(StageState.State.CANCELLED);
    assertThat(run.outcome()).isEqualTo("cancelled");
  }

  @Test
  void beforeTrainingAPauseHoldsTheNextStage() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    stages.labelsWaitFor = Optional.of(goOn);
    RunHandle run = train("{}");
    stages.labelsRun.await();

    assertThat(run.pause())
        .isEqualTo(
            "the run pauses before its next stage (labels is running); `resume` lets it go on");
    assertThat(run.progress().stages().get(1).state()).isEqualTo(StageState.State.RUNNING);
    goOn.countDown();
    await(() -> run.progress().stages().get(2).state() == StageState.State.PAUSED);
    assertThat(run.progress().stages().get(2).text())
        .isEqualTo("before it begins; `resume` goes on");
    assertThat(stages.calls).doesNotContain("embeddings");

    run.cancel();

    assertThatThrownBy(run::result).isInstanceOf(RunFailure.class);
    assertThat(stages.records.get(0).stages().get(2).text()).isEqualTo("not reached");
    assertThat(stages.calls).doesNotContain("embeddings");
  }

  @Test
  void whatCannotBePausedOrResumedSaysWhy() throws Exception {
    stages.trainsForever = true;
    RunHandle run = train("{}");
    stages.trainingRuns.await();
    assertRefused(run::resume, "nothing to resume: the run is not paused, training is running");
    run.stopEarly();
    run.result();

    CountDownLatch never = new CountDownLatch(1);
    stages.trainsForever = false;
    stages.evaluationWaitsFor = Optional.of(never);
    RunHandle evaluating = train("{}");
    await(() -> evaluating.progress().stages().get(5).state() == StageState.State.RUNNING);
    assertRefused(
        evaluating::pause,
        "nothing to pause: evaluation is running, and a run can be paused until its training"
            + " ends");
    never.countDown();
    evaluating.result();
  }

  private static final String APPROVAL = "{\"publishing\": {\"approval\": true}}";

  private RunHandle waiting() throws Exception {
    RunHandle run = train(APPROVAL);
    await(() -> run.outcome().equals("waiting for approval"));
    return run;
  }

  @Test
  void aRunWaitsUntilSomebodyApproves() throws Exception {
    RunHandle run = waiting();
    temporal.sleep(Duration.ofHours(71));
    assertThat(run.outcome()).isEqualTo("waiting for approval");
    assertThat(run.pending()).as("nothing runs, nothing waits for a worker").isEmpty();
    StageState publishing = run.progress().stages().get(6);
    assertThat(publishing.state()).isEqualTo(StageState.State.PAUSED);
    assertThat(publishing.text())
        .matches(
            "until \\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:00Z, for `approve` or `reject`; the gate says:"
                + " better than the mean");

    assertThat(run.approve("Ana", "listened to ten"))
        .isEqualTo("approved by Ana; the run publishes its model, unless the gate now says no");

    RunResult result = run.result();
    assertThat(result.publishing().published()).isTrue();
    assertThat(result.stages().get(6).seconds()).as("waiting is not its time").isLessThan(3600);
    assertThat(stages.publishingRequests).hasSize(2);
    Approval approval = stages.publishingRequests.get(1).approval().orElseThrow();
    assertThat(approval.who()).isEqualTo("Ana");
    assertThat(approval.comment()).contains("listened to ten");
    assertThat(approval.when()).matches("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z");
    assertThat(approval.updateId()).isNotBlank();
    assertThat(stages.publishingRequests.get(1).version())
        .isEqualTo(stages.publishingRequests.get(0).version());
    assertThat(run.outcome()).isEqualTo("completed");
  }

  @Test
  void aRejectedModelIsNotPublished() throws Exception {
    RunHandle run = waiting();

    assertThat(run.reject("Ben", "too few speakers"))
        .isEqualTo("rejected by Ben; the run ends and publishes nothing");

    RunResult result = run.result();
    assertThat(result.publishing().published()).isFalse();
    assertThat(result.publishing().reason())
        .isEqualTo("rejected by Ben (too few speakers); the gate had said: better than the mean");
    assertThat(result.publishing().testSet()).contains("test set");
    assertThat(stages.publishingRequests).hasSize(1);
    assertThat(run.outcome()).isEqualTo("completed");
    assertThat(stages.notices)
        .extracting(RunNotice::event)
        .containsExactly(RunNotice.WAITING_FOR_APPROVAL, RunNotice.REFUSED);
    assertThat(stages.notices.get(0).sentence())
        .isEqualTo("waits for approval for 72 hours: better than the mean");
  }

  @Test
  void afterTheDeadlineNothingIsPublished() throws Exception {
    RunHandle run = train("{\"publishing\": {\"approval\": true, \"approvalDeadlineHours\": 1}}");

    RunResult result = run.result();

    assertThat(result.publishing().published()).isFalse();
    assertThat(result.publishing().reason())
        .isEqualTo("nobody approved it within 1 hour; the gate had said: better than the mean");
    assertThat(stages.publishingRequests).hasSize(1);
  }

  @Test
  void nobodyIsAskedWhereTheGateSaysNo() throws Exception {
    stages.gateSaysYes = false;

    assertThat(train(APPROVAL).result().publishing().reason()).isEqualTo("no better");
    assertThat(stages.publishingRequests).hasSize(1);
  }

  @Test
  void theGateHasTheLastWordOnAnApprovedModel() throws Exception {
    RunHandle run = waiting();
    stages.gateSaysYes = false; // another champion came meanwhile
    run.approve("Ana", "");

    assertThat(run.result().publishing().reason()).isEqualTo("no better");
    assertThat(stages.publishingRequests.get(1).approval().orElseThrow().comment()).isEmpty();
  }

  @Test
  void aRunThatWaitsForApprovalCanBeCancelled() throws Exception {
    RunHandle run = waiting();

    run.cancel();

    assertThatThrownBy(run::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("CANCELLED"));
    assertThat(stages.records.get(0).stages().get(6).state()).isEqualTo(StageState.State.CANCELLED);
    assertThat(run.outcome()).isEqualTo("cancelled");
  }

  @Test
  void whatCannotBeApprovedSaysWhy() throws Exception {
    stages.trainsForever = true;
    RunHandle training = train(APPROVAL);
    stages.trainingRuns.await();
    assertRefused(
        () -> training.approve("Ana", ""),
        "nothing to approve: the run does not wait for approval, training is running");
    assertRefused(
        () -> training.reject("Ana", "no"),
        "nothing to reject: the run does not wait for approval, training is running");
    stages.trainsForever = false;
    training.stopEarly();
    await(() -> training.outcome().equals("waiting for approval"));

    assertRefused(
        () -> training.approve(" ", ""),
        "who must be a text that is not empty and has no control characters, got \" \"");
    assertRefused(() -> training.reject("Ana", ""), "reason must be a text that is not empty");
    WorkflowStub stub = temporal.getWorkflowClient().newUntypedWorkflowStub(training.workflowId());
    assertRefused(
        () -> stub.update("approve", String.class),
        "who is missing: say who you are, as in {\"who\": \"Ana\", \"comment\": \"checked the"
            + " report\"}");
    assertRefused(
        () -> stub.update("approve", String.class, "Ana"),
        "the input must be one JSON object such as {\"who\": \"Ana\"");
    assertRefused(
        () -> stub.update("approve", String.class, java.util.Map.of("who", "Ana", "why", "so")),
        "why is not a known field; known here: who, comment");
    assertRefused(
        () -> stub.update("reject", String.class, java.util.Map.of("who", "Ana")),
        "reason is missing: say why");
    assertRefused(
        () -> training.approve("A".repeat(101), ""),
        "who must have at most 100 characters, got 101");
    assertThat(training.outcome()).isEqualTo("waiting for approval");

    training.reject("Ana", "no");
    training.result();
  }

  private static void awaitTraining(RunHandle run, StageState.State state) {
    await(() -> run.progress().stages().get(4).state() == state);
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(50).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static void assertRefused(Callable<String> update, String why) {
    assertThatThrownBy(update::call)
        .isInstanceOf(WorkflowUpdateException.class)
        .cause()
        .hasMessageContaining(why);
  }

  @Test
  void cancelEndsTheRunAndKeepsNothing() throws Exception {
    stages.trainsForever = true;
    RunHandle run = train("{}");
    stages.trainingRuns.await();

    run.cancel();

    assertThatThrownBy(run::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("CANCELLED"));
    assertThat(stages.calls).doesNotContain("evaluation", "publishing");
    RunRecord record = stages.records.get(0);
    assertThat(record.outcome()).isEqualTo("cancelled");
    assertThat(record.stages().get(4).state()).isEqualTo(StageState.State.CANCELLED);
  }

  @Test
  void progressOfTheRunningStageIsAnswered() throws Exception {
    stages.trainsForever = true;
    RunHandle run = train("{}");
    stages.trainingRuns.await();
    StageProgress newest =
        new StageProgress(
            Stage.TRAINING,
            "epoch 2 of 9",
            2,
            9,
            List.of(new EpochLoss(1, 3, 4), new EpochLoss(2, 2, 3)));

    temporal
        .getWorkflowClient()
        .newUntypedWorkflowStub(run.workflowId())
        .signal("reportProgress", newest);

    assertThat(run.progress().running()).contains(newest);
    assertThat(run.progress().stages().get(4).state()).isEqualTo(StageState.State.RUNNING);
    run.cancel();
  }

  @Test
  void theRunsSearchAttributesTellModelAndScore() throws Exception {
    RunHandle run = train("{\"publishing\": {\"model\": \"mine\"}}");
    String version = run.result().publishing().version().orElseThrow();

    var attributes =
        temporal
            .getWorkflowClient()
            .newUntypedWorkflowStub(run.workflowId())
            .describe()
            .getTypedSearchAttributes();

    assertThat(attributes.get(SearchAttributes.MODEL)).isEqualTo("mine");
    assertThat(attributes.get(SearchAttributes.DATASET)).isEqualTo("0123456789ab");
    assertThat(attributes.get(SearchAttributes.TEST_MSE)).isEqualTo(2.6);
    assertThat(attributes.get(SearchAttributes.VERSION)).isEqualTo(version);
  }

  @Test
  void searchAttributesOfAnotherRunThatTheUisFormCopiedAreDropped() {
    WorkflowStub run =
        temporal
            .getWorkflowClient()
            .newUntypedWorkflowStub(
                TrainWorkflow.TYPE,
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TrainWorkflow.TASK_QUEUE)
                    .setTypedSearchAttributes(
                        io.temporal.common.SearchAttributes.newBuilder()
                            .set(SearchAttributes.MODEL, "mine")
                            .set(SearchAttributes.TEST_MSE, 2.6)
                            .set(SearchAttributes.VERSION, "20260101T000000Z-01234567")
                            .build())
                    .build());
    run.start(
        new RawValue(
            Payload.newBuilder()
                .putMetadata("encoding", ByteString.copyFromUtf8("json/plain"))
                .setData(ByteString.copyFromUtf8("{\"epochs\": 3}"))
                .build()));

    assertThatThrownBy(() -> run.getResult(RunResult.class)).isNotNull();
    var attributes = run.describe().getTypedSearchAttributes();
    assertThat(SearchAttributes.ALL).noneMatch(attributes::containsKey);
  }

  @Test
  void theRecordHoldsTheSpecAndTheResult() throws Exception {
    RunResult result = train("{\"training\": {\"seed\": 4}}").result();

    RunRecord record = stages.records.get(0);
    assertThat(record.outcome()).isEqualTo("completed");
    assertThat(record.spec().orElseThrow().training().seed()).isEqualTo(4);
    assertThat(record.result()).contains(result);
  }

  private static List<StageState.State> states(List<StageState> states) {
    return states.stream().map(StageState::state).toList();
  }
}
