package org.speechrate.publishing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.AliasChange;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageKey;
import org.speechrate.store.Workspace;

class ModelRegistryTest {
  @TempDir Path temporary;
  private Path root;
  private FolderStageStore stages;
  private ModelRegistry registry;

  @BeforeEach
  void open() throws IOException {
    root = temporary.toRealPath();
    Workspace workspace = Workspace.open(root, List.of());
    stages = new FolderStageStore(workspace, new SourceHashes(root.resolve("data/hashes.json")));
    registry =
        new ModelRegistry(
            workspace, Clock.fixed(Instant.parse("2026-01-03T00:00:00Z"), ZoneOffset.UTC));
  }

  private <F extends StageFacts> StageState committed(
      Stage stage, Class<F> type, F facts, Map<String, byte[]> files) throws IOException {
    Artifact artifact =
        stages
            .commit(
                new StageKey(stage, 1, Map.of(), Map.of()),
                true,
                type,
                folder -> {
                  for (Map.Entry<String, byte[]> file : files.entrySet()) {
                    Files.write(folder.resolve(file.getKey()), file.getValue());
                  }
                  return facts;
                })
            .artifact();
    return new StageState(stage, StageState.State.DONE, "", 1, Optional.of(artifact));
  }

  /** A run whose gate said no. */
  private RunRecord refused() throws IOException {
    List<StageState> states = new ArrayList<>();
    states.add(
        committed(
            Stage.LABELS,
            LabelFacts.class,
            new LabelFacts(new TreeMap<>(Map.of("test", 1L)), 10),
            Map.of()));
    states.add(
        committed(
            Stage.EMBEDDINGS, EmbeddingFacts.class, new EmbeddingFacts("npz", 1, 2), Map.of()));
    states.add(
        committed(
            Stage.DATASET,
            DatasetFacts.class,
            new DatasetFacts(
                new TreeMap<>(Map.of("test", 1L)), new TreeMap<>(), 0, 0, 2, "no speaker is known"),
            Map.of(
                "samples.csv",
                "row,sample_id,split,speaker_id,cps\n0,a,test,A,9\n"
                    .getBytes(StandardCharsets.UTF_8))));
    states.add(
        committed(
            Stage.TRAINING,
            TrainingFacts.class,
            new TrainingFacts(1, 1, 1, "all 1 epochs trained", "cpu", "PyTorch", List.of()),
            Map.of(
                "weights.safetensors",
                new SafeTensors(
                        Map.of(
                            "fc1.weight", new Tensor(List.of(1, 2), new float[] {2, 1}),
                            "fc1.bias", new Tensor(List.of(1), new float[] {10})),
                        Map.of())
                    .toBytes())));
    states.add(
        committed(
            Stage.EVALUATION,
            EvaluationFacts.class,
            new EvaluationFacts(
                Map.of(
                    "test", new SplitMetrics(1, 9, 3, Optional.empty(), Optional.of("R² …"), 4, 2)),
                false,
                "WORSE than the mean"),
            Map.of("metrics.json", "{}".getBytes(StandardCharsets.UTF_8))));
    return record(states);
  }

  private static RunRecord record(List<StageState> states) {
    return new RunRecord(
        "train-1",
        "run-1",
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:05:05Z",
        "completed",
        "WORSE than the mean; not published",
        Optional.of(RunSpecReader.read("{\"publishing\": {\"model\": \"m\"}}")),
        states,
        Optional.empty());
  }

  @Test
  void publishesTheModelOfARunWhoseGateSaidNo() throws IOException {
    ModelRegistry.Version made = registry.promote(refused(), stages, "Ana", "a new encoder");

    assertThat(made.version()).matches("20260102T030405Z-[0-9a-f]{8}");
    assertThat(made.champion()).isTrue();
    assertThat(made.reason()).contains("promoted by Ana (a new encoder)");
    assertThat(made.testMse()).contains(9.0);
    Path folder = registry.models().resolve("m@champion");
    assertThat(SpeechRateModel.load(folder).layers()).containsExactly(2, 1);
    assertThat(Files.readString(folder.resolve("provenance.json")))
        .contains("\"promotion\" : {", "\"who\" : \"Ana\"", "\"why\" : \"a new encoder\"")
        .contains("\"runId\" : \"run-1\"");
    assertThat(Files.readString(folder.resolve("README.md")))
        .contains("Why it was published: promoted by Ana (a new encoder).");
    AliasChange change = registry.models().alias("m", "champion").orElseThrow();
    assertThat(change.who()).isEqualTo("Ana");
    assertThat(change.when()).isEqualTo("2026-01-03T00:00:00Z");
    assertThat(registry.differences("m", made.version())).isEmpty();
    assertThat(registry.promote(refused(), stages, "Ben", "again"))
        .as("twice is once")
        .isEqualTo(made);
    assertThat(registry.models().history("m")).hasSize(1);
  }

  @Test
  void everyFileOfAVersionIsVerified() throws IOException {
    ModelRegistry.Version made = registry.promote(refused(), stages, "Ana", "so");
    Path folder = registry.models().resolve("m");
    for (String file : List.of("README.md", "metrics.json", "model.safetensors", "speakers.csv")) {
      byte[] content = Files.readAllBytes(folder.resolve(file));
      Files.write(folder.resolve(file), new byte[] {1});
      assertThat(registry.differences("m", made.version())).containsOnlyKeys(file);
      Files.delete(folder.resolve(file));
      assertThat(registry.differences("m", made.version())).containsEntry(file, "is gone");
      Files.write(folder.resolve(file), content);
    }
    assertThat(registry.differences("m", made.version())).isEmpty();
  }

  @Test
  void aRunWithoutAnEvaluatedModelIsRefused() throws IOException {
    List<StageState> states = new ArrayList<>(refused().stages());
    states.remove(4);

    assertThatThrownBy(() -> registry.promote(record(states), stages, "Ana", "so"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "run train-1 has no evaluated model: it is no run of Train, or ended before its"
                + " evaluation: WORSE than the mean; not published");
  }
}
