package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.activity.Activity;
import io.temporal.failure.ApplicationFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.StageState.State;
import org.speechrate.pipeline.predict.DeliveryRequest;
import org.speechrate.pipeline.predict.FoundModel;
import org.speechrate.pipeline.predict.ModelRequest;
import org.speechrate.pipeline.predict.PredictActivities;
import org.speechrate.pipeline.predict.PredictFacts;
import org.speechrate.pipeline.predict.PredictRequest;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.predict.PredictSpec;

/** The prediction's workflow with skipped time and made-up activities. */
@Timeout(60)
class PredictWorkflowTest extends WithFakeStages<PredictWorkflowTest.FakePredict> {
  private static final FoundModel MODEL =
      new FoundModel("wide", "v1", "models/wide/v1", "sha256 of wide", 256);

  /** Says what was asked of it. */
  static final class FakePredict extends FakeStages implements PredictActivities {
    final List<Object> requests = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch predicts = new CountDownLatch(1);
    Optional<String> warning = Optional.empty();
    volatile boolean untilCancelled;

    @Override
    public FoundModel findModel(ModelRequest request) {
      requests.add(request);
      if (request.model().equals("gone")) {
        throw ApplicationFailure.newNonRetryableFailure(
            "predict.model: there is no model \"gone\"", "UNREADABLE_FILE");
      }
      return MODEL;
    }

    @Override
    public StageResult<PredictFacts> predict(PredictRequest request) {
      requests.add(request);
      predicts.countDown();
      while (untilCancelled) {
        Activity.getExecutionContext().heartbeat("alive");
        Thread.onSpinWait();
      }
      return new StageResult<>(
          new Artifact("data/stages/predict/key", "sha256 of predictions", 6),
          false,
          new PredictFacts(
              6, 11.5, new PredictFacts.Percentiles(8, 9, 11, 14, 15), warning, Optional.empty()));
    }

    @Override
    public String deliver(DeliveryRequest request) {
      requests.add(request);
      return request.out();
    }
  }

  PredictWorkflowTest() {
    super(new FakePredict());
  }

  private RunHandle predict(String spec) throws Exception {
    return client.predict(new ObjectMapper().readTree(spec), "test");
  }

  @Test
  void findsTheModelLoadsPredictsAndDelivers() throws Exception {
    stages.warning = Optional.of("the embeddings differ");
    RunHandle run = predict("{\"predict\": {\"model\": \"wide\", \"out\": \"my/cps.npy\"}}");
    PredictResult result = run.result(PredictResult.class);

    assertThat(run.isPrediction()).isTrue();
    Artifact embeddings =
        new Artifact("data/stages/embeddings/key", "0123456789abcdef0123456789abcdef", 6);
    assertThat(stages.requests)
        .containsExactly(
            new ModelRequest(FakeStages.WORKSPACE, "wide", Optional.of("my/cps.npy")),
            new PredictRequest(
                FakeStages.WORKSPACE, true, MODEL, embeddings, PredictSpec.Format.NPY),
            new DeliveryRequest(
                FakeStages.WORKSPACE,
                new Artifact("data/stages/predict/key", "sha256 of predictions", 6),
                PredictSpec.Format.NPY,
                "my/cps.npy"));
    assertThat(result.sentence())
        .isEqualTo(
            "6 predictions by models/wide/v1, in my/cps.npy: mean 11.50 letters/s, 90 % from 9.00 to"
                + " 14.00; WARNING: the embeddings differ");
    assertThat(result.path()).isEqualTo("my/cps.npy");
    assertThat(result.warning()).contains("the embeddings differ");
    assertThat(result.stages())
        .extracting(StageState::stage, StageState::state)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Stage.EMBEDDINGS, State.DONE),
            org.assertj.core.groups.Tuple.tuple(Stage.PREDICT, State.DONE));
    assertThat(stages.records.get(0).predict()).contains(result);
    assertThat(stages.records.get(0).message()).isEqualTo(result.sentence());
  }

  @Test
  void withoutOutTheyStayInTheStagesFolder() throws Exception {
    assertThat(predict("{}").result(PredictResult.class).path())
        .isEqualTo("data/stages/predict/key/predictions.csv");
    assertThat(stages.requests).hasSize(2);
  }

  @Test
  void failsBeforeAnythingIsLoadedWhereTheModelIsMissing() throws Exception {
    RunHandle run = predict("{\"predict\": {\"model\": \"gone\"}}");

    assertThatThrownBy(() -> run.result(PredictResult.class))
        .isInstanceOf(RunFailure.class)
        .hasMessage("predict.model: there is no model \"gone\"");
    assertThat(stages.calls).doesNotContain("embeddings");
    assertThat(stages.records.get(0).outcome()).isEqualTo("failed");
  }

  @Test
  void refusesABadInputAtOnce() throws Exception {
    RunHandle run = predict("{\"predict\": {\"out\": 7}}");

    assertThatThrownBy(() -> run.result(PredictResult.class))
        .hasMessageStartingWith("predict.out must be a text");
    assertThat(stages.requests).isEmpty();
  }

  @Test
  void canBeCancelled() throws Exception {
    stages.untilCancelled = true;
    RunHandle run = predict("{}");
    stages.predicts.await();
    run.cancel();

    assertThatThrownBy(() -> run.result(PredictResult.class)).hasMessage("the run was cancelled");
    assertThat(stages.records.get(0).outcome()).isEqualTo("cancelled");
    assertThat(run.progress().stages().get(1).state()).isEqualTo(State.CANCELLED);
  }
}
