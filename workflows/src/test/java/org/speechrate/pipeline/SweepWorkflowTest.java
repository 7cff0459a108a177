package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.failure.ApplicationFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.sweep.LeaderboardRow;
import org.speechrate.pipeline.sweep.SweepActivities;
import org.speechrate.pipeline.sweep.SweepResult;
import org.speechrate.pipeline.sweep.VariantGroup;
import org.speechrate.pipeline.sweep.VariantOutcome;

/** The sweep's workflow with skipped time and made-up activities. */
@Timeout(60)
class SweepWorkflowTest extends WithFakeStages<SweepWorkflowTest.FakeSweep> {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A variant's dev MSE is its seed, but for the epochs that it has not trained yet. */
  static final class FakeSweep extends FakeStages implements SweepActivities {
    final List<VariantGroup> groups = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch trains = new CountDownLatch(1);
    volatile boolean untilCancelled;

    @Override
    public List<VariantOutcome> trainVariants(VariantGroup group) {
      groups.add(group);
      trains.countDown();
      ActivityExecutionContext context = Activity.getExecutionContext();
      while (untilCancelled) {
        context.heartbeat("alive");
        Thread.onSpinWait();
      }
      return group.members().stream().map(member -> outcome(group, member)).toList();
    }

    private static VariantOutcome outcome(VariantGroup group, VariantGroup.Member member) {
      long seed = member.training().seed();
      if (seed == 13) {
        return VariantOutcome.failed(member.variant(), "training.learningRate: too large");
      }
      int epochs = group.rung().orElse(member.training().epochs());
      return new VariantOutcome(
          member.variant(),
          false,
          group.rung().isEmpty(),
          epochs,
          epochs,
          seed + 1.0 / epochs,
          Optional.of(
              new Artifact("data/stages/training/" + seed + "-" + epochs, "sha256", epochs)),
          Optional.empty());
    }

    @Override
    public StageResult<EmbeddingFacts> loadEmbeddings(EmbeddingRequest request) {
      if (request.embeddings().path().orElseThrow().equals("gone.npz")) {
        throw ApplicationFailure.newNonRetryableFailure(
            "gone.npz does not exist", "UNREADABLE_FILE");
      }
      return super.loadEmbeddings(request);
    }
  }

  SweepWorkflowTest() {
    super(new FakeSweep());
  }

  private RunHandle sweep(String spec) throws Exception {
    return client.sweep(JSON.readTree(spec), "test");
  }

  @Test
  void anEncoderMayBeComparedWithGivenEmbeddings() throws Exception {
    sweep(
            "{\"corpus\": {\"root\": \"c\"}, \"labels\": {\"directory\": \"l\"}, \"sweep\": {\"list\":"
                + " [{\"embeddings\": {\"path\": \"e.npz\"}}, {\"embeddings\": {\"encoder\": \"e\"}}]}}")
        .result(SweepResult.class);

    assertThat(stages.calls)
        .contains("corpus", "encode data/stages/corpus/key by e on " + TrainWorkflow.GPU_TASK_QUEUE)
        .containsOnlyOnce("corpus");
  }

  private static String seeds(Object... seeds) {
    return "\"grid\": {\"training.seed\": " + List.of(seeds) + "}";
  }

  @Test
  void preparesOnceTrainsAllAndLooksAtTestOnce() throws Exception {
    SweepResult result = sweep("{\"sweep\": {" + seeds(5, 3, 4) + "}}").result(SweepResult.class);

    assertThat(stages.calls)
        .containsExactly(
            "openRun " + FakeStages.WORKSPACE,
            "corpus",
            "labels",
            "encode data/stages/corpus/key by data/sample/encoder on "
                + TrainWorkflow.GPU_TASK_QUEUE,
            "embeddings",
            "dataset",
            "evaluation");
    assertThat(stages.groups).hasSize(1);
    assertThat(result.leaderboard()).extracting(LeaderboardRow::variant).containsExactly(2, 3, 1);
    assertThat(result.leaderboard().get(0).rank()).contains(1);
    assertThat(result.leaderboard().get(0).choices()).isEqualTo(Map.of("training.seed", 3));
    assertThat(result.winner()).isEqualTo(Map.of("training", Map.of("seed", 3)));
    assertThat(result.evaluation().get("test").mse()).isEqualTo(2.6);
    assertThat(result.publishing()).isEmpty();
    assertThat(result.verdict())
        .isEqualTo("variant 2 of 3 is the best on dev (MSE 3.005). Better than the mean");
    assertThat(stages.records).hasSize(1);
    assertThat(stages.records.get(0).sweep()).contains(result);
    assertThat(stages.records.get(0).testMse()).contains(2.6);
  }

  @Test
  void failedVariantIsNamedAndTheOthersGoOn() throws Exception {
    SweepResult result = sweep("{\"sweep\": {" + seeds(13, 3) + "}}").result(SweepResult.class);

    assertThat(result.leaderboard()).extracting(LeaderboardRow::variant).containsExactly(2, 1);
    assertThat(result.leaderboard().get(1).rank()).isEmpty();
    assertThat(result.leaderboard().get(1).failure()).contains("training.learningRate: too large");
  }

  @Test
  void whereAllVariantsFailTheSweepDoesSo() throws Exception {
    RunHandle run = sweep("{\"sweep\": {" + seeds(13) + "}}");

    assertThatThrownBy(() -> run.result(SweepResult.class))
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("NOTHING_TRAINED"))
        .hasMessage("training.learningRate: too large");
    assertThat(stages.calls).doesNotContain("evaluation");
    assertThat(stages.records.get(0).outcome()).isEqualTo("failed");
  }

  @Test
  void halvingLetsTheBestThirdGoOnFromTheirRung() throws Exception {
    SweepResult result =
        sweep(
                "{\"sweep\": {"
                    + seeds(7, 3, 13, 4, 6, 5, 2)
                    + ", \"halving\": {\"rungs\": [10, 90]}}}")
            .result(SweepResult.class);

    assertThat(stages.groups).hasSize(2);
    VariantGroup first = stages.groups.get(0);
    assertThat(first.rung()).contains(10);
    assertThat(first.members()).hasSize(7).allSatisfy(m -> assertThat(m.from()).isEmpty());
    VariantGroup last = stages.groups.get(1);
    assertThat(last.rung()).isEmpty();
    assertThat(last.members()).extracting(VariantGroup.Member::variant).containsExactly(2, 7);
    assertThat(last.members().get(0).from().orElseThrow().uri())
        .isEqualTo("data/stages/training/3-10");
    assertThat(last.members()).allSatisfy(m -> assertThat(m.training().epochs()).isEqualTo(90));
    assertThat(result.leaderboard())
        .extracting(LeaderboardRow::variant)
        .containsExactly(7, 2, 4, 6, 5, 1, 3);
    assertThat(result.leaderboard())
        .extracting(LeaderboardRow::epochs)
        .containsExactly(90, 90, 10, 10, 10, 10, 0);
    assertThat(result.leaderboard().get(2).state()).isEqualTo(LeaderboardRow.State.STOPPED);
    assertThat(result.winner()).isEqualTo(Map.of("training", Map.of("seed", 2, "epochs", 90)));
  }

  @Test
  void thousandVariantsTrainInGroups() throws Exception {
    SweepResult result =
        sweep(
                "{\"sweep\": {\"random\": {\"draws\": 1000, \"training.dropout\": {\"uniform\":"
                    + " [0, 0.9]}, \"training.learningRate\": {\"log\": [1e-5, 1]}}}}")
            .result(SweepResult.class);

    assertThat(result.leaderboard()).hasSizeGreaterThan(990);
    assertThat(stages.groups)
        .hasSize((result.leaderboard().size() + 63) / 64)
        .allSatisfy(group -> assertThat(group.members()).hasSizeLessThanOrEqualTo(64));
  }

  @Test
  void eachEmbeddingIsLoadedOnceAndOneThatIsGoneFailsItsVariantsAlone() throws Exception {
    SweepResult result =
        sweep(
                "{\"labels\": {\"directory\": \"l\"}, \"sweep\": {\"grid\": {\"embeddings.path\":"
                    + " [\"a.npz\", \"gone.npz\", \"b.npz\"], \"training.seed\": [1, 2]}}}")
            .result(SweepResult.class);

    assertThat(stages.calls.stream().filter("embeddings"::equals)).hasSize(2);
    assertThat(stages.groups).hasSize(2);
    assertThat(result.leaderboard())
        .extracting(LeaderboardRow::variant)
        .containsExactly(1, 5, 2, 6, 3, 4);
    assertThat(result.leaderboard().get(5).failure()).contains("gone.npz does not exist");
  }

  @Test
  void winnerIsPublishedByARunOfItsOwn() throws Exception {
    RunHandle run =
        sweep("{\"publishing\": {\"model\": \"best\"}, \"sweep\": {" + seeds(5, 3) + "}}");
    SweepResult result = run.result(SweepResult.class);

    assertThat(result.publishing().orElseThrow().published()).isTrue();
    assertThat(stages.publishingRequests).hasSize(1);
    assertThat(stages.publishingRequests.get(0).spec().training().seed()).isEqualTo(3);
    assertThat(stages.publishingRequests.get(0).spec().publishing().model()).isEqualTo("best");
    assertThat(client.find(run.workflowId() + "-winner").outcome()).isEqualTo("completed");
  }

  @Test
  void progressIsARunsAndTheLeaderboard() throws Exception {
    RunHandle run = sweep("{\"sweep\": {" + seeds(5, 3) + "}}");
    run.result(SweepResult.class);

    assertThat(run.isSweep()).isTrue();
    assertThat(run.progress().stages().get(4).text()).isEqualTo("2 variants: 2 trained");
    assertThat(run.progress().leaderboard())
        .extracting(LeaderboardRow::variant)
        .containsExactly(2, 1);
  }

  @Test
  void cancelEndsTheTrainings() throws Exception {
    stages.untilCancelled = true;
    RunHandle run = sweep("{}");
    stages.trains.await();
    run.cancel();

    assertThatThrownBy(() -> run.result(SweepResult.class))
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("CANCELLED"));
    assertThat(stages.records.get(0).outcome()).isEqualTo("cancelled");
    assertThat(stages.records.get(0).stages().get(4).state()).isEqualTo(StageState.State.CANCELLED);
  }

  @Test
  void badInputIsOneLine() throws Exception {
    RunHandle run = sweep("{\"sweep\": {\"gird\": {}}}");

    assertThatThrownBy(() -> run.result(SweepResult.class))
        .hasMessageStartingWith("sweep.gird is not a known field");
  }
}
