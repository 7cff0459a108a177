package org.speechrate.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.evaluation.EvaluationActivitiesImpl;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.evaluation.EvaluationActivities;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationRequest;
import org.speechrate.pipeline.evaluation.EvaluationSpec;
import org.speechrate.pipeline.labels.LabelsSpec;
import org.speechrate.pipeline.publishing.PublishingActivities;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.publishing.PublishingSpec;
import org.speechrate.pipeline.training.TrainingActivities;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.StageMetrics;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageKey;
import org.speechrate.store.Workspace;
import org.speechrate.training.TestStages;
import org.speechrate.training.TrainingActivitiesImpl;

/** The last three stages as activities, on the real store: the requests pass through JSON. */
class TrainToPublishTest {
  @TempDir Path root;

  @Test
  void trainsEvaluatesAndPublishes() throws IOException {
    Workspace workspace = Workspace.open(root, List.of());
    FolderStageStore store =
        new FolderStageStore(
            workspace, new SourceHashes(workspace.root().resolve("data/hashes.json")));
    StageRunner runner = new StageRunner(workspace, new StageMetrics(new SimpleMeterRegistry()));
    TestStages made = new TestStages(Files.createDirectory(root.resolve("made-up")));
    Path samples = made.open(made.dataset(60, 20, 20)).resolve("samples.csv");
    Path x = made.open(made.embeddings(100)).resolve("x.npy");
    DatasetFacts datasetFacts =
        new DatasetFacts(
            new TreeMap<>(Map.of("train", 60L, "dev", 20L, "test", 20L)),
            new TreeMap<>(Map.of("train", 3L, "dev", 3L, "test", 3L)),
            0,
            0,
            4,
            "no speaker is in two splits");
    StageResult<DatasetFacts> dataset =
        store.commit(
            new StageKey(Stage.DATASET, 1, Map.of(), Map.of()),
            true,
            DatasetFacts.class,
            folder -> {
              Files.copy(samples, folder.resolve("samples.csv"));
              return datasetFacts;
            });
    StageResult<EmbeddingFacts> embeddings =
        store.commit(
            new StageKey(Stage.EMBEDDINGS, 1, Map.of(), Map.of()),
            true,
            EmbeddingFacts.class,
            folder -> {
              Files.copy(x, folder.resolve("x.npy"));
              return new EmbeddingFacts("made up", 100, 4);
            });
    TrainingSpec spec =
        new TrainingSpec(
            "default",
            List.of(),
            List.of(8),
            60,
            8,
            0.01,
            0,
            10,
            true,
            true,
            TrainingSpec.Activation.RELU,
            false,
            0,
            0,
            TrainingSpec.Loss.MSE,
            1,
            TrainingSpec.Schedule.CONSTANT,
            0,
            false,
            false,
            1,
            0,
            0,
            TrainingSpec.Device.CPU);

    TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();
    try {
      temporal.registerActivitiesImplementations(
          new TrainingActivitiesImpl(runner, workspace, store),
          new EvaluationActivitiesImpl(runner, store),
          new PublishingActivitiesImpl(runner, workspace));
      StageResult<TrainingFacts> training =
          temporal
              .newActivityStub(TrainingActivities.class)
              .trainModel(
                  new TrainingRequest(
                      workspace.id(),
                      true,
                      spec,
                      dataset.artifact(),
                      embeddings.artifact(),
                      Optional.empty(),
                      false))
              .finished()
              .orElseThrow();
      StageResult<EvaluationFacts> evaluation =
          temporal
              .newActivityStub(EvaluationActivities.class)
              .evaluateModel(
                  new EvaluationRequest(
                      workspace.id(),
                      true,
                      dataset.artifact(),
                      embeddings.artifact(),
                      training.artifact(),
                      datasetFacts.speakerCheck(),
                      Optional.empty(),
                      EvaluationSpec.DEFAULT));
      assertThat(evaluation.facts().verdict())
          .startsWith("Better than the mean on test: MSE ")
          .endsWith(
              "; 20 utterances of 3 unseen speakers, so few that the interval is rough; too few to"
                  + " tell: at least 30 utterances of 2 speakers are needed");
      PublishingResult published =
          temporal
              .newActivityStub(PublishingActivities.class)
              .publishModel(
                  new PublishingRequest(
                      workspace.id(),
                      "v1",
                      spec(spec),
                      Optional.empty(),
                      dataset.artifact(),
                      embeddings.artifact(),
                      dataset.artifact(),
                      training.artifact(),
                      evaluation.artifact(),
                      datasetFacts,
                      training.facts(),
                      evaluation.facts(),
                      Optional.empty()));

      assertThat(published.path()).contains("models/m/v1");
      SpeechRateModel model = SpeechRateModel.load(root.resolve("models/m/v1"));
      float predicted = model.predict(new float[][] {TestStages.embedding(99)})[0];
      assertThat(Files.readString(store.open(evaluation.artifact()).resolve("predictions.csv")))
          .contains("\nid-99,test,test0," + TestStages.cps(99) + "," + predicted + ",");
    } finally {
      temporal.close();
    }
  }

  private static RunSpec spec(TrainingSpec training) {
    return new RunSpec(
        new CorpusSpec(
            Optional.empty(),
            Optional.empty(),
            new TreeMap<>(),
            CorpusSpec.Durations.EXACT,
            Optional.empty()),
        new LabelsSpec(Optional.empty()),
        new EmbeddingsSpec(EmbeddingsSpec.Source.AUTO, Optional.empty(), Optional.empty()),
        new DatasetSpec(
            DatasetSpec.OnMissing.FAIL, DatasetSpec.OnSpeakerOverlap.FAIL, Optional.empty()),
        training,
        EvaluationSpec.DEFAULT,
        new PublishingSpec("m", PublishingSpec.Gate.BETTER_THAN_MEAN),
        true);
  }
}
