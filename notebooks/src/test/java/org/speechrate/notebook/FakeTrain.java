package org.speechrate.notebook;

import com.fasterxml.jackson.databind.JsonNode;
import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.common.converter.RawValue;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunProgress;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.TrainWorkflow;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingResult;

/**
 * A {@code Train} that trains nothing: {@code {"seconds": 3}} takes that long (or until it is
 * stopped early), {@code {"fail": "why"}} fails. Its made-up files lie in {@code
 * data/stages/<stage>/fake}.
 */
public final class FakeTrain implements TrainWorkflow {
  private static final int EPOCHS = 100;

  private boolean stopped;
  private boolean paused;
  private int epoch;

  @Override
  public RunResult train(RawValue input) {
    JsonNode spec =
        DefaultDataConverter.STANDARD_INSTANCE.fromPayload(
            input.getPayload(), JsonNode.class, JsonNode.class);
    if (spec.has("fail")) {
      throw ApplicationFailure.newNonRetryableFailure(spec.get("fail").asText(), "INVALID_SPEC");
    }
    long steps = 4L * spec.path("seconds").asLong(0);
    for (int i = 0; i < steps && !stopped; i++) {
      epoch = (int) ((long) EPOCHS * i / steps);
      Workflow.await(Duration.ofMillis(250), () -> stopped);
      Workflow.await(() -> !paused);
    }
    return result(Workflow.getInfo().getWorkflowId(), Workflow.getInfo().getRunId());
  }

  static RunResult result(String workflowId, String runId) {
    Map<String, SplitMetrics> evaluation = new LinkedHashMap<>();
    evaluation.put("train", metrics(144, 1.25, Optional.of(0.6)));
    evaluation.put("dev", metrics(40, 2.0, Optional.empty()));
    evaluation.put(
        "test",
        new SplitMetrics(
            48,
            2.5,
            0.75,
            Optional.of(0.375),
            Optional.empty(),
            4.0,
            1.5,
            Optional.of(1.58),
            Optional.of(0.62),
            Optional.of(0.6),
            Optional.of(new Interval(2.0, 3.5)),
            Optional.of(2.75),
            Optional.of(0.8),
            Optional.of(new Interval(-2.0, -0.5)),
            Optional.of(new Interval(-0.5, 0.25))));
    return new RunResult(
        workflowId,
        runId,
        "On the test speakers the model's MSE is 2.500, the mean's 4.000: it is better.",
        evaluation,
        new PublishingResult(
            true,
            "speech-rate",
            Optional.of("20261122-101500-0a1b2c3d"),
            Optional.of("models/speech-rate/20261122-101500-0a1b2c3d"),
            "its test MSE is below the mean's"),
        Stage.OF_TRAINING.stream().map(FakeTrain::done).toList());
  }

  private static SplitMetrics metrics(long n, double mse, Optional<Double> r2) {
    Optional<String> reason = r2.isPresent() ? Optional.empty() : Optional.of("one value only");
    return new SplitMetrics(n, mse, 0.75, r2, reason, 4.0, 1.5);
  }

  private static StageState done(Stage stage) {
    return new StageState(
        stage,
        stage == Stage.CORPUS ? StageState.State.REUSED : StageState.State.DONE,
        "made up by a <test>",
        1.25,
        Optional.of(new Artifact("data/stages/" + stage.word() + "/fake", "00", 1)));
  }

  @Override
  public RunProgress progress() {
    List<StageState> stages =
        Stage.OF_TRAINING.stream()
            .map(
                stage -> {
                  StageState.State state =
                      stage == Stage.TRAINING
                          ? paused ? StageState.State.PAUSED : StageState.State.RUNNING
                          : stage.compareTo(Stage.TRAINING) < 0
                              ? StageState.State.DONE
                              : StageState.State.WAITING;
                  String text = state == StageState.State.PAUSED ? "after epoch 7" : "";
                  return new StageState(stage, state, text, 0, Optional.empty());
                })
            .toList();
    return new RunProgress(
        stages,
        Optional.of(
            new StageProgress(
                Stage.TRAINING,
                "epoch " + epoch + " of " + EPOCHS + ", dev MSE 2.91",
                epoch,
                EPOCHS,
                List.of())));
  }

  @Override
  public String stopEarly() {
    stopped = true;
    return "training ends after the epoch in hand";
  }

  @Override
  public void checkStopEarly() {
    if (stopped) {
      throw new IllegalStateException("the run is not training");
    }
  }

  @Override
  public String pause() {
    paused = true;
    return "the run pauses";
  }

  @Override
  public void checkPause() {
    if (paused) {
      throw new IllegalStateException("the run is paused already");
    }
  }

  @Override
  public String resume() {
    paused = false;
    return "the run goes on";
  }

  @Override
  public void checkResume() {
    if (!paused) {
      throw new IllegalStateException("the run is not paused");
    }
  }

  @Override
  public String approve(RawValue input) {
    stopped = true;
    return "approved: " + input.getPayload().getData().toStringUtf8();
  }

  @Override
  public void checkApprove(RawValue input) {}

  @Override
  public String reject(RawValue input) {
    return "";
  }

  @Override
  public void checkReject(RawValue input) {
    throw new IllegalStateException("the run does not wait for approval");
  }

  @Override
  public void reportProgress(StageProgress progress) {}
}
