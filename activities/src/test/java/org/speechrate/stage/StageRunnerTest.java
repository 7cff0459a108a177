package org.speechrate.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Heartbeat;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.embeddings.EmbeddingActivities;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.training.TrainingActivities;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingResult;
import org.speechrate.store.Workspace;

@Timeout(30)
class StageRunnerTest {
  private static final StageResult<EmbeddingFacts> RESULT =
      new StageResult<>(new Artifact("u", "s", 1), false, new EmbeddingFacts("matrix", 1, 2));

  @TempDir Path folder;
  private final TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private Workspace workspace;
  private StageRunner runner;

  @BeforeEach
  void open() throws IOException {
    workspace = Workspace.open(folder, List.of());
    runner = new StageRunner(workspace, new StageMetrics(meters));
  }

  @AfterEach
  void close() {
    temporal.close();
  }

  private StageResult<EmbeddingFacts> run(
      String workspaceId, StageRunner.Body<StageResult<EmbeddingFacts>> body) {
    temporal.registerActivitiesImplementations(
        (EmbeddingActivities) request -> runner.run(Stage.EMBEDDINGS, request.workspace(), body));
    return temporal
        .newActivityStub(EmbeddingActivities.class)
        .loadEmbeddings(
            new EmbeddingRequest(
                workspaceId,
                true,
                new EmbeddingsSpec(
                    EmbeddingsSpec.Source.AUTO,
                    java.util.Optional.of("x"),
                    java.util.Optional.empty())));
  }

  @Test
  void givesTheResultAndCountsIt() {
    assertThat(run(workspace.id(), monitor -> RESULT)).isEqualTo(RESULT);
    assertThat(
            meters
                .get("speechrate.stage.duration")
                .tags("stage", "embeddings", "outcome", "done")
                .timer()
                .count())
        .isEqualTo(1);
    assertThat(meters.get("speechrate.stage.rows").tag("stage", "embeddings").counter().count())
        .isEqualTo(1);
    assertThat(meters.get("speechrate.stage.running").tag("stage", "embeddings").gauge().value())
        .isZero();
  }

  @Test
  void countsATrainingThatWasReusedAsReused() {
    TrainingFacts facts = new TrainingFacts(1, 1, 2, "", "cpu", "", List.of());
    StageResult<TrainingFacts> reused = new StageResult<>(new Artifact("u", "s", 1), true, facts);
    temporal.registerActivitiesImplementations(
        (TrainingActivities)
            request ->
                runner.run(
                    Stage.TRAINING,
                    workspace.id(),
                    monitor -> new TrainingResult(Optional.of(reused), Optional.empty())));
    temporal.newActivityStub(TrainingActivities.class).trainModel(null);
    assertThat(
            meters
                .get("speechrate.stage.duration")
                .tags("stage", "training", "outcome", "reused")
                .timer()
                .count())
        .isEqualTo(1);
  }

  @Test
  void aRefusalIsNotRetriedAndCarriesItsKindAndLine() {
    assertThatThrownBy(
            () ->
                run(
                    workspace.id(),
                    monitor -> {
                      throw new Refusal(Refusal.Kind.BAD_VALUE, "x.npy: row 3 is NaN");
                    }))
        .isInstanceOf(ActivityFailure.class)
        .cause()
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> {
              assertThat(failure.isNonRetryable()).isTrue();
              assertThat(failure.getType()).isEqualTo("BAD_VALUE");
              assertThat(failure.getOriginalMessage()).isEqualTo("x.npy: row 3 is NaN");
            });
    assertThat(
            meters
                .get("speechrate.stage.duration")
                .tags("stage", "embeddings", "outcome", "refused")
                .timer()
                .count())
        .isEqualTo(1);
  }

  @Test
  void anIoErrorMayBeRetried() {
    assertThatThrownBy(
            () ->
                run(
                    workspace.id(),
                    monitor -> {
                      throw new IOException("disk full");
                    }))
        .cause()
        .isInstanceOfSatisfying(
            ApplicationFailure.class, failure -> assertThat(failure.isNonRetryable()).isFalse());
  }

  @Test
  void anIoErrorIsOneShortLine() {
    assertThatThrownBy(
            () ->
                run(
                    workspace.id(),
                    monitor -> {
                      throw new UncheckedIOException(
                          new IOException(
                              "no answer\nfrom it" + "x".repeat(5000), new IOException("deep")));
                    }))
        .cause()
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> {
              assertThat(failure.isNonRetryable()).isFalse();
              assertThat(failure.getOriginalMessage())
                  .startsWith("no answer?from itx")
                  .hasSize(1000);
              assertThat(failure.getType()).isEqualTo("java.io.IOException");
              assertThat(failure).hasNoCause();
            });
  }

  @Test
  void anIoErrorThatSaysLittleKeepsItsName() {
    assertThatThrownBy(
            () ->
                run(
                    workspace.id(),
                    monitor -> {
                      throw new NoSuchFileException("x.csv");
                    }))
        .cause()
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure ->
                assertThat(failure.getOriginalMessage())
                    .isEqualTo("java.nio.file.NoSuchFileException: x.csv"));
  }

  @Test
  void aRunOfAnotherWorkspaceIsRefused() {
    assertThatThrownBy(() -> run("another", monitor -> RESULT))
        .cause()
        .hasMessageContaining(
            "the run belongs to workspace another, this worker serves workspace " + workspace.id());
  }

  @Test
  void heartbeatsCarryTheNewestTextAndTheCheckpoint() {
    BlockingQueue<Heartbeat> heartbeats = new ArrayBlockingQueue<>(100);
    temporal.setActivityHeartbeatListener(Heartbeat.class, heartbeats::offer);

    run(
        workspace.id(),
        monitor -> {
          monitor.progress("12 of 20 files", 12, 20);
          monitor.checkpointed(workspace.root().resolve("data/runs/c"));
          awaitHeartbeat(heartbeats);
          return RESULT;
        });
  }

  private static void awaitHeartbeat(BlockingQueue<Heartbeat> heartbeats) {
    Heartbeat expected = new Heartbeat("12 of 20 files", java.util.Optional.of("data/runs/c"));
    try {
      Heartbeat heartbeat;
      do {
        heartbeat = heartbeats.poll(20, TimeUnit.SECONDS);
        assertThat(heartbeat).as("no heartbeat came").isNotNull();
      } while (!heartbeat.equals(expected));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
