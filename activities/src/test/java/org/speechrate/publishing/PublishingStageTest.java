package org.speechrate.publishing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationSpec;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.labels.LabelsSpec;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.publishing.PublishingSpec;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.training.TestStages;

class PublishingStageTest {
  private static final String VERSION = "20260102T030405Z-0a1b2c3d";
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-02T03:04:05.678Z"), ZoneOffset.UTC);
  private static final Provenance.Run RUN = new Provenance.Run("train <1>", "run-1");

  @TempDir Path root;
  private TestStages stages;
  private Optional<Artifact> corpus = Optional.empty();
  private PublishingStage stage;

  private TrainingSpec training =
      new TrainingSpec(
          "reference",
          List.of("epochs"),
          List.of(),
          20,
          32,
          3e-4,
          0,
          0,
          false,
          false,
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
          7,
          TrainingSpec.Device.CPU);

  @BeforeEach
  void writeStages() throws IOException {
    stages = new TestStages(root);
    stage = new PublishingStage(stages.workspace(), CLOCK);
    Path training = Files.createDirectories(root.resolve("data/stages/training/t"));
    Files.write(
        training.resolve("weights.safetensors"),
        new SafeTensors(
                Map.of(
                    "fc1.weight", new Tensor(List.of(1, 2), new float[] {2, 1}),
                    "fc1.bias", new Tensor(List.of(1), new float[] {10})),
                Map.of("activation", "tanh"))
            .toBytes());
    stages.write(
        "data/stages/dataset/d",
        "samples.csv",
        """
        row,sample_id,split,speaker_id,cps
        0,a,train,"one, two",9
        1,b,dev,three,9
        2,c,test,four,9
        """,
        3);
    stages.write("data/stages/evaluation/e", "metrics.json", "{\"verdict\": \"…\"}", 3);
    stages.write("data/stages/evaluation/e", "report.html", "<p>the report</p>", 3);
  }

  private static Artifact artifact(String stage) {
    return new Artifact("data/stages/" + stage + "/" + stage.charAt(0), "sha256-of-" + stage, 3);
  }

  private PublishingRequest request(
      String model, PublishingSpec.Gate gate, double mse, String verdict, boolean speakers) {
    RunSpec spec =
        new RunSpec(
            new CorpusSpec(
                Optional.of("a|b <i>root</i>"),
                Optional.empty(),
                new TreeMap<>(Map.of("train", "t")),
                CorpusSpec.Durations.EXACT,
                Optional.empty()),
            new LabelsSpec(Optional.empty()),
            new EmbeddingsSpec(
                EmbeddingsSpec.Source.AUTO, Optional.of("embeddings"), Optional.empty()),
            new DatasetSpec(
                DatasetSpec.OnMissing.FAIL, DatasetSpec.OnSpeakerOverlap.FAIL, Optional.empty()),
            training,
            EvaluationSpec.DEFAULT,
            new PublishingSpec(model, gate),
            true);
    Map<String, SplitMetrics> splits = new LinkedHashMap<>();
    splits.put(
        "dev",
        new SplitMetrics(
            1, 1, 1, Optional.empty(), Optional.of("R² needs at least 2 utterances"), 2, 1));
    splits.put(
        "test",
        new SplitMetrics(1185, mse, 1.25, Optional.of(0.381), Optional.empty(), 4.251, 1.65));
    return new PublishingRequest(
        stages.workspace().id(),
        VERSION,
        spec,
        corpus,
        artifact("labels"),
        artifact("embeddings"),
        artifact("dataset"),
        artifact("training"),
        artifact("evaluation"),
        new DatasetFacts(
            new TreeMap<>(Map.of("train", 588L, "dev", 1L, "test", 1185L)),
            speakers ? new TreeMap<>(Map.of("train", 8L, "dev", 1L, "test", 3L)) : new TreeMap<>(),
            4,
            5,
            2,
            speakers
                ? "no speaker is in two splits"
                : "no speaker is known, so the overlap was not checked"),
        new TrainingFacts(
            20,
            20,
            2.91,
            "all 20 epochs trained",
            "cpu",
            "PyTorch 2.7.1 (AVX2, 1 thread)",
            List.of(new EpochLoss(1, 3, 2.91))),
        new EvaluationFacts(splits, mse < 4.251, verdict),
        Optional.empty());
  }

  private PublishingRequest good() {
    return request(
        "speech-rate",
        PublishingSpec.Gate.BETTER_THAN_MEAN,
        2.63,
        "Better than the mean on test: MSE 2.63 against 4.25 (1,185 utterances of 3 unseen"
            + " speakers)",
        true);
  }

  private Path published() {
    return root.resolve("models/speech-rate").resolve(VERSION);
  }

  @Test
  void publishesAVersionThatTheLibraryReads() throws Exception {
    PublishingResult result = stage.publish(good(), RUN, () -> "", StageMonitor.silent());

    assertThat(result)
        .usingRecursiveComparison()
        .ignoringFields("testSet")
        .isEqualTo(
            new PublishingResult(
                true,
                "speech-rate",
                Optional.of(VERSION),
                Optional.of("models/speech-rate/" + VERSION),
                "better than the mean: test MSE 2.63 against the mean's 4.25"));
    // 10 + 2 · 3 + 1.
    assertThat(SpeechRateModel.load(published()).predict(new float[][] {{3, 1}}))
        .containsExactly(17);
    assertThat(published().resolve("metrics.json"))
        .hasSameBinaryContentAs(root.resolve("data/stages/evaluation/e/metrics.json"));
    assertThat(published().resolve("report.html")).hasContent("<p>the report</p>");

    JsonNode provenance =
        new ObjectMapper().readTree(Files.readAllBytes(published().resolve("provenance.json")));
    assertThat(provenance.at("/created").asText()).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(provenance.at("/workflowId").asText()).isEqualTo("train <1>");
    assertThat(provenance.at("/runId").asText()).isEqualTo("run-1");
    assertThat(provenance.at("/spec/training/seed").asInt()).isEqualTo(7);
    assertThat(provenance.at("/artifacts").has("corpus")).as("labels were given").isFalse();
    assertThat(provenance.at("/artifacts/embeddings/sha256").asText())
        .isEqualTo("sha256-of-embeddings");
    assertThat(provenance.at("/dataset/utterances/train").asInt()).isEqualTo(588);
    assertThat(provenance.at("/software/engine").asText())
        .isEqualTo("PyTorch 2.7.1 (AVX2, 1 thread)");
    assertThat(provenance.at("/software/java").asText()).isNotBlank();
    assertThat(provenance.at("/machine/host").asText()).isNotBlank();
    assertThat(provenance.at("/files/model.safetensors").asText())
        .isEqualTo(
            HexFormat.of()
                .formatHex(
                    MessageDigest.getInstance("SHA-256")
                        .digest(Files.readAllBytes(published().resolve("model.safetensors")))));
  }

  @Test
  void namesTheCorpusWhereLabelsWereMadeFromAudio() throws IOException {
    corpus = Optional.of(artifact("corpus"));
    stage.publish(good(), RUN, () -> "", StageMonitor.silent());

    JsonNode provenance =
        new ObjectMapper().readTree(Files.readAllBytes(published().resolve("provenance.json")));
    assertThat(provenance.at("/artifacts/corpus/sha256").asText()).isEqualTo("sha256-of-corpus");
    assertThat(Files.readString(published().resolve("README.md")))
        .contains("without label\n- Corpus: sha256 sha256-of-corpus\n- Labels: sha256 ");
  }

  @Test
  void theGateStaysButSaysHowLittleAModelIsBetter() throws IOException {
    PublishingSpec.Gate gate = PublishingSpec.Gate.BETTER_THAN_MEAN;
    PublishingResult result =
        stage.publish(
            request("speech-rate", gate, 4.2479, "Better …", true),
            RUN,
            () -> "",
            StageMonitor.silent());

    // 1 - 4.2479 / 4.251 = 0.0007
    assertThat(result.published()).isTrue();
    assertThat(result.reason())
        .isEqualTo(
            "better than the mean: test MSE 4.248 against the mean's 4.251, by less than 0.1 %: no"
                + " evidence that it learnt anything");
    assertThat(Files.readString(published().resolve("README.md")))
        .contains("| test | 1,185 | 4.248 | none | none | 4.251 |");
  }

  @Test
  void publishedAgainItIsTheSameVersion() throws IOException {
    PublishingResult first = stage.publish(good(), RUN, () -> "", StageMonitor.silent());
    byte[] provenance = Files.readAllBytes(published().resolve("provenance.json"));
    PublishingStage later =
        new PublishingStage(
            stages.workspace(), Clock.offset(CLOCK, java.time.Duration.ofMinutes(5)));
    assertThat(later.publish(good(), RUN, () -> "", StageMonitor.silent())).isEqualTo(first);
    assertThat(published().resolve("provenance.json")).hasBinaryContent(provenance);
  }

  @Test
  void aGateThatSaysNoCreatesNothing() throws IOException {
    PublishingResult result =
        stage.publish(
            request(
                "speech-rate", PublishingSpec.Gate.BETTER_THAN_MEAN, 52.2, "WORSE than …", true),
            RUN,
            () -> "",
            StageMonitor.silent());
    assertThat(result)
        .usingRecursiveComparison()
        .ignoringFields("testSet")
        .isEqualTo(
            new PublishingResult(
                false,
                "speech-rate",
                Optional.empty(),
                Optional.empty(),
                "gate better-than-mean says no: test MSE 52.20 against the mean's 4.25"
                    + " (publishing.gate always would publish it)"));
    assertThat(root.resolve("models")).doesNotExist();
  }

  @Test
  void gateAlwaysPublishesAndTheCardWarns() throws IOException {
    PublishingResult result =
        stage.publish(
            request("speech-rate", PublishingSpec.Gate.ALWAYS, 52.2, "WORSE than …", false),
            RUN,
            () -> "",
            StageMonitor.silent());
    assertThat(result.published()).isTrue();
    assertThat(result.reason())
        .isEqualTo(
            "NOT better than the mean, but gate is always: test MSE 52.20 against the mean's"
                + " 4.25");
    assertThat(Files.readString(published().resolve("README.md")))
        .contains("\n\n**WORSE than …**\n\n")
        .contains("- It is no better than always predicting the mean: do not use it.\n")
        .contains("- No speaker is known: people of the train split may be in the test split");
  }

  @Test
  void theCardBeginsWithTheVerdictAndShowsTheMeanBeside() throws IOException {
    stage.publish(good(), RUN, () -> "", StageMonitor.silent());
    String card = Files.readString(published().resolve("README.md"));
    assertThat(card)
        .startsWith(
            "# speech-rate "
                + VERSION
                + "\n\n**Better than the mean on test: MSE 2.63 against 4.25 (1,185 utterances of"
                + " 3 unseen speakers)**\n\n")
        .contains("\n| test | 1,185 | 2.630 | none | none | 4.251 | 1.250 | 1.650 | 0.381 |\n")
        .contains("\n| dev | 1 | 1.000 | none | none | 2.000 | 1.000 | 1.000 | undefined |\n")
        .contains("Undefined on dev: R² needs at least 2 utterances.")
        .contains(
            "\n- train: 588 utterances of 8 speakers\n- dev: 1 utterance of 1 speaker\n- test: 1,185 utterances of 3 speakers\n- Speakers: ")
        .contains("- Left out: 4 labels without embedding, 5 embeddings without label\n- Labels: ")
        .contains("- Recipe: reference, modified: epochs\n")
        .contains("- Trained 20, kept epoch 20 with dev MSE 2.910; ended: all 20 epochs trained\n")
        .contains("- Only 3 test speakers: with others the figures may differ much.\n")
        .contains("SpeechRateModel.load(Path.of(\"models/speech-rate/" + VERSION + "\"));")
        .contains("for k in range(1, 2):")
        .contains("by run train &lt;1&gt; (run-1)");
  }

  @Test
  void theCardTellsOfEveryOptionAndHowPythonFollowsIt() throws IOException {
    stage.publish(good(), RUN, () -> "", StageMonitor.silent());
    assertThat(Files.readString(published().resolve("README.md")))
        .contains(
            "- Hidden layers \\[\\] with relu, batches of 32, learning rate 3.0E-4, weight decay 0.0,"
                + " seed 7\n- Loss mse\n")
        .contains("        h = np.maximum(h, 0)\ncps = h[:, 0]\n");

    training =
        new TrainingSpec(
            "reference",
            List.of(),
            List.of(8),
            20,
            32,
            3e-4,
            0,
            0,
            false,
            false,
            TrainingSpec.Activation.GELU,
            true,
            0.2,
            1.5,
            TrainingSpec.Loss.HUBER,
            2,
            TrainingSpec.Schedule.COSINE,
            3,
            false,
            false,
            1,
            0,
            7,
            TrainingSpec.Device.CPU);
    stage.publish(
        request("other", PublishingSpec.Gate.BETTER_THAN_MEAN, 2.63, "Better …", true),
        RUN,
        () -> "",
        StageMonitor.silent());
    Path other = root.resolve("models/other/" + VERSION);
    assertThat(Files.readString(other.resolve("README.md")))
        .contains(
            "- Hidden layers \\[8\\] with gelu, dropout 0.2, and a linear path, batches of 32,"
                + " learning rate 3.0E-4 (warm-up 3 epochs, cosine), weight decay 0.0, seed 7\n"
                + "- Loss huber, linear from 2.0 letters/s on, gradients clipped to norm 1.5\n")
        .contains(" with GELU between its layers.")
        .contains("from scipy.special import erf\n")
        .contains("        h = h / 2 * (1 + erf(h / 2**0.5))\n")
        .contains("cps = h[:, 0] + embeddings @ w[\"linear.weight\"][0]\n");
    assertThat(SafeTensors.read(other.resolve("model.safetensors")).metadata())
        .containsEntry("activation", "tanh")
        .containsEntry("model", "other");
  }

  @Test
  void whatUsersWroteStandsEscapedInTheCard() throws IOException {
    stage.publish(
        request(
            "speech-rate",
            PublishingSpec.Gate.ALWAYS,
            2.63,
            "speaker <script>alert(1)</script> | ![x](http://evil.example) `a` **b**\n# heading"
                + " \u202Edetrever",
            true),
        RUN,
        () -> "",
        StageMonitor.silent());
    assertThat(Files.readString(published().resolve("README.md")))
        .contains(
            "**speaker &lt;script&gt;alert(1)&lt;/script&gt; \\| !\\[x\\](http\\://evil.example)"
                + " \\`a\\` \\*\\*b\\*\\* \\# heading  detrever**")
        .doesNotContain("<script>")
        .doesNotContain("\n# heading");
  }

  @Test
  void refusesWhereTheWeightsAreGone() throws IOException {
    Files.delete(root.resolve("data/stages/training/t/weights.safetensors"));
    assertThatThrownBy(() -> stage.publish(good(), RUN, () -> "", StageMonitor.silent()))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "the output of stage training is gone: data/stages/training/t/weights.safetensors; run"
                + " again with reuse false");
  }
}
