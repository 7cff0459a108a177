package org.speechrate.publishing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.ModelFolder;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.Approval;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.stage.SilentMonitor;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.training.TestStages;

/**
 * The test split is three utterances, one of each speaker A, B and C, whose first value is the
 * label minus 10, and whose second is 1 for A and -1 for the others.
 */
class BetterGateTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
  private static final Provenance.Run RUN = new Provenance.Run("train-2", "run-2");
  private static final String FIRST_TIME = "; this test set decides for the first time";

  private static final String SAMPLES =
      """
      row,sample_id,split,speaker_id,cps
      3,d,train,T,12
      4,e,dev,D,13
      0,a,test,A,10
      1,b,test,B,11
      2,c,test,C,12
      """;

  @TempDir Path root;
  private TestStages stages;
  private PublishingStage stage;
  private ModelFolder models;
  private StageMonitor monitor = StageMonitor.silent();

  @BeforeEach
  void writeStages() throws IOException {
    stages = new TestStages(root);
    stage = new PublishingStage(stages.workspace(), CLOCK);
    models = new ModelFolder(root.resolve("models"));
    Path embeddings = Files.createDirectories(root.resolve("data/stages/embeddings/e"));
    Files.write(
        embeddings.resolve("x.npy"),
        TestStages.npy(new float[][] {{0, 1}, {1, -1}, {2, -1}, {2, 0}, {3, 0}}));
    stages.write("data/stages/evaluation/e", "metrics.json", "{}", 3);
  }

  /** A model that says the label, plus {@code off}, plus {@code tilt} for A and minus it else. */
  private Artifact trained(String name, float off, float... tilt) throws IOException {
    Path folder = Files.createDirectories(root.resolve("data/stages/training").resolve(name));
    float[] weights = new float[1 + tilt.length];
    weights[0] = 1;
    System.arraycopy(tilt, 0, weights, 1, tilt.length);
    Files.write(
        folder.resolve("weights.safetensors"),
        new SafeTensors(
                Map.of(
                    "fc1.weight", new Tensor(List.of(1, weights.length), weights),
                    "fc1.bias", new Tensor(List.of(1), new float[] {10 + off})),
                Map.of())
            .toBytes());
    return new Artifact("data/stages/training/" + name, "sha256 of " + name, 3);
  }

  private PublishingResult publish(String version, Artifact trained, String samples, String spec)
      throws IOException {
    return publish(request(version, trained, samples, spec, 2.63));
  }

  private PublishingResult publish(PublishingRequest request) throws IOException {
    return stage.publish(request, RUN, () -> "7@laptop", monitor);
  }

  private PublishingRequest request(
      String version, Artifact trained, String samples, String spec, double mse)
      throws IOException {
    stages.write("data/stages/dataset/" + version, "samples.csv", samples, 5);
    SplitMetrics test = new SplitMetrics(3, mse, 1, Optional.of(0.4), Optional.empty(), 4.25, 1.65);
    return new PublishingRequest(
        stages.workspace().id(),
        version,
        RunSpecReader.read("{\"publishing\": {\"model\": \"m\", " + spec + "}}"),
        Optional.empty(),
        new Artifact("data/stages/labels/l", "labels", 3),
        new Artifact("data/stages/embeddings/e", "embeddings", 5),
        new Artifact("data/stages/dataset/" + version, "dataset " + version, 5),
        trained,
        new Artifact("data/stages/evaluation/e", "evaluation", 3),
        new DatasetFacts(new TreeMap<>(), new TreeMap<>(), 0, 0, 2, "no speaker is in two splits"),
        new TrainingFacts(1, 1, 1, "all 1 epochs trained", "cpu", "PyTorch", List.of()),
        new EvaluationFacts(Map.of("test", test), mse < 4.25, "Better than the mean"),
        Optional.empty());
  }

  /** Published as champion v1: its errors are 1 for every test utterance. */
  private void champion() throws IOException {
    publish("v1", trained("one", 1, 0), SAMPLES, "\"gate\": \"always\"");
    assertThat(models.resolve("m@champion")).endsWithRaw(Path.of("v1"));
  }

  private PublishingResult challenge(Artifact trained) throws IOException {
    return publish("v2", trained, SAMPLES, "\"gate\": \"better\"");
  }

  private void assertStays(PublishingResult result, String why) throws IOException {
    assertThat(result.published()).isFalse();
    assertThat(result.reason())
        .isEqualTo("gate better says no: champion v1 stays: " + why + FIRST_TIME);
    assertThat(models.versions("m")).containsExactly("v1");
    assertThat(models.history("m")).hasSize(1);
  }

  @Test
  void withoutAChampionItIsLikeBetterThanMean() throws IOException {
    PublishingResult result = challenge(trained("one", 1, 0));

    assertThat(result.published()).isTrue();
    assertThat(result.reason())
        .startsWith("better than the mean: test MSE 2.63 against the mean's 4.25")
        .endsWith("; there is no champion yet" + FIRST_TIME);
    assertThat(models.resolve("m")).endsWithRaw(Path.of("v2"));
    assertThat(models.resolve("m").resolve("speakers.csv")).hasContent("speaker_id\nD\nT\n");
  }

  @Test
  void fewerErrorsOnEverySpeakerAreBetter() throws IOException {
    champion();

    PublishingResult result = challenge(trained("two", 0.5f, 0));

    // 0.25 - 1 for each speaker, so for any draw of them.
    assertThat(result.reason())
        .endsWith(
            "; better than the champion: MSE 0.25 against champion v1's 1.00 on 3 test speakers that"
                + " neither was trained on (95 % interval of the difference -0.75 to -0.75)"
                + FIRST_TIME);
    assertThat(models.alias("m", ModelFolder.CHAMPION).orElseThrow().version()).isEqualTo("v2");
    assertThat(models.alias("m", ModelFolder.CHAMPION).orElseThrow().previous()).contains("v1");
    assertThat(models.alias("m", ModelFolder.CHAMPION).orElseThrow().who())
        .isEqualTo("run train-2");
  }

  @Test
  void whatOtherSpeakersMayTellOtherwiseIsNotBetter() throws IOException {
    champion();

    // A: 1.4² = 1.96; B and C: 0.4² = 0.16; their mean 0.76.
    PublishingResult result = challenge(trained("two", 0.9f, 0.5f));

    assertThat(result.published()).isFalse();
    assertThat(result.reason())
        .isEqualTo(
            "gate better says no: the champion stays: MSE 0.76 against champion v1's 1.00 on 3 test"
                + " speakers that neither was trained on (95 % interval of the difference -0.84 to"
                + " 0.96; it must end below 0)"
                + FIRST_TIME);
  }

  @Test
  void aMarginHasToBeSavedToo() throws IOException {
    champion();

    assertThat(
            publish(
                    "v2",
                    trained("two", 0.5f, 0),
                    SAMPLES,
                    "\"gate\": \"better\", \"margin\": 0.75")
                .reason())
        .contains(
            "(95 % interval of the difference -0.75 to -0.75; with publishing.margin 0.75 it must")
        .contains("end below -0.75)");
    assertThat(
            publish("v2", trained("two", 0.5f, 0), SAMPLES, "\"gate\": \"better\", \"margin\": 0.7")
                .published())
        .isTrue();
  }

  @Test
  void betterThanTheChampionIsNotEnoughBesideTheMean() throws IOException {
    champion();

    PublishingResult result =
        publish(request("v2", trained("two", 0.5f, 0), SAMPLES, "\"gate\": \"better\"", 9));

    assertThat(result.reason())
        .startsWith("gate better says no: test MSE 9.00 against the mean's 4.25");
  }

  @Test
  void aNightWithoutNewDataChangesNothing() throws IOException {
    champion();

    assertStays(
        challenge(trained("one", 1, 0)), "it is this very model, as nothing has changed since");
  }

  @Test
  void anotherDimensionIsNotCompared() throws IOException {
    champion();

    assertStays(
        challenge(trained("two", 1)),
        "it takes embeddings of 2 values and this run's have 1, so the two cannot be compared");
  }

  @Test
  void speakersThatOneOfThemHasHeardTellNothing() throws IOException {
    champion();
    // The champion was trained on T and tuned on D; the challenger is trained on A, B and C.
    String others = SAMPLES.replace("test,A", "test,T").replace("test,B", "test,D");

    PublishingResult result =
        publish(
            "v2",
            trained("two", 0.5f, 0),
            others.replace("train,T", "train,C").replace("dev,D", "dev,E"),
            "\"gate\": \"better\"");

    assertStays(result, "there is no test speaker that neither model was trained on");
  }

  @Test
  void speakersThatAreNotKnownAreNotTakenForUnheard() throws IOException {
    champion();
    assertStays(
        publish(
            "v2",
            trained("two", 0.5f, 0),
            SAMPLES.replace("train,T", "train,"),
            "\"gate\": \"better\""),
        "the speakers of this run's data are not known");

    Files.delete(root.resolve("models/m/v1/speakers.csv"));
    Path samples = root.resolve("data/stages/dataset/v1/samples.csv");
    Path away = Files.move(samples, samples.resolveSibling("away"));
    assertStays(
        challenge(trained("two", 0.5f, 0)), "the speakers that it was trained on are not known");

    Files.move(away, samples);
    assertThat(challenge(trained("two", 0.5f, 0)).published())
        .as("they stand in the dataset too")
        .isTrue();
  }

  @Test
  void embeddingsOfAnotherEncoderAreNotCompared() throws IOException {
    champion();
    // What the champion said, on its own embeddings: the labels, plus 1.
    String said = "sample_id,split,predicted_cps\nd,train,0\na,test,11\nb,test,12\nc,test,13\n";
    stages.write("data/stages/evaluation/e", "predictions.csv", said, 4);
    assertThat(challenge(trained("two", 0.5f, 0)).published()).as("the same").isTrue();

    stages.write(
        "data/stages/evaluation/e",
        "predictions.csv",
        said.replace("test,12", "test,14").replace("test,13", "test,9"),
        4);
    PublishingResult result =
        publish("v3", trained("three", 0.1f, 0), SAMPLES, "\"gate\": \"better\"");

    assertThat(result.reason())
        .startsWith(
            "gate better says no: champion v2 stays: to the same utterances it gives other answers"
                + " than when it was evaluated, so another encoder made");
  }

  @Test
  void embeddingsThatAreUnlikeTheChampionsAreNotComparedWhereNoUtteranceIsCommon()
      throws Exception {
    champion();
    // Four test utterances that the champion has not seen, and a train split far from its own.
    Files.write(
        root.resolve("data/stages/embeddings/e/x.npy"),
        TestStages.npy(new float[][] {{0, 1}, {1, -1}, {2, -1}, {20, 0}, {30, 0}}));
    String others = SAMPLES.replace(",a,", ",f,").replace(",b,", ",g,").replace(",c,", ",h,");

    PublishingResult result =
        publish("v2", trained("two", 0.5f, 0), others, "\"gate\": \"better\"");

    assertThat(result.published()).isFalse();
    assertThat(result.reason())
        .startsWith(
            "gate better says no: champion v1 stays: the embeddings differ from those that the"
                + " model was trained on: mean norm 20.00 against 2.00 (2.00 to 2.00); ")
        .contains("; so another encoder made this run's, it seems, and the two cannot be compared");

    Files.delete(root.resolve("models/m/v1/inputs.json"));
    assertThat(publish("v2", trained("two", 0.5f, 0), others, "\"gate\": \"better\"").reason())
        .contains("better than the champion: ")
        .endsWith("; whether both are of one encoder is not known" + FIRST_TIME);
  }

  @Test
  void aChampionThatCannotBeReadStays() throws IOException {
    champion();
    Files.write(root.resolve("models/m/v1/model.safetensors"), new byte[3]);

    assertThat(challenge(trained("two", 0.5f, 0)).reason())
        .startsWith("gate better says no: champion v1 stays: it cannot be read: ");
  }

  @Test
  void whereTheChampionChangesMeanwhileTheNextAttemptComparesAnew() throws IOException {
    champion();
    ModelStore other = new ModelStore(root.resolve("models"));
    monitor =
        new SilentMonitor() {
          @Override
          public void requireCurrent() {
            try {
              other.publish(
                  "m", "v9", Map.of("model.safetensors", before -> new byte[1]), () -> {});
              other.makeChampionOnce("m", "v9", "", "run train-9", "", "");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };

    assertThatThrownBy(() -> challenge(trained("two", 0.5f, 0)))
        .hasRootCauseMessage("the champion changed while the model was compared with it");
    assertThat(models.versions("m")).containsExactly("v1", "v9");
  }

  @Test
  void itSaysHowOftenThisTestSetHasDecided() throws IOException {
    PublishingResult first = challenge(trained("one", 1, 0));
    for (String run : List.of("a", "b", "run-2")) {
      RunRecord record =
          new RunRecord(
              "train",
              run,
              "2026-01-01T00:00:00Z",
              "",
              "completed",
              "",
              Optional.empty(),
              List.of(),
              Optional.of(
                  new RunResult("train", run, "", Map.of(), first, List.of(), Optional.empty())));
      Path file = new RunFiles(root).record("train", run);
      Files.createDirectories(file.getParent());
      Files.write(file, Json.write(record));
    }

    assertThat(publish("v3", trained("three", 0.1f, 0), SAMPLES, "\"gate\": \"better\"").reason())
        .as("not counting this run itself")
        .endsWith("; this test set has decided 2 times before");
    assertThat(
            publish(
                    "v4",
                    trained("four", 0, 0),
                    SAMPLES.replace("c,test,C,12", "c,test,C,12.5"),
                    "\"gate\": \"better\"")
                .reason())
        .endsWith(FIRST_TIME);
  }

  @Test
  void somebodyHasToAgreeOnceTheGateHas() throws IOException {
    String spec = "\"gate\": \"better\", \"approval\": true";
    PublishingRequest request = request("v1", trained("one", 1, 0), SAMPLES, spec, 2.63);

    PublishingResult open = publish(request);
    assertThat(open.published()).isFalse();
    assertThat(open.awaitsApproval()).isTrue();
    assertThat(root.resolve("models")).doesNotExist();
    assertThat(publish(request("v1", trained("one", 1, 0), SAMPLES, spec, 9)).awaitsApproval())
        .as("nobody is asked where the gate says no")
        .isFalse();

    PublishingResult approved =
        publish(
            request.approved(
                new Approval("Ana", Optional.of("fine"), "2026-01-02T03:04:00Z", "update-1")));
    assertThat(approved.published()).isTrue();
    assertThat(approved.reason()).isEqualTo("approved by Ana (fine): " + open.reason());
    assertThat(Files.readString(root.resolve("models/m/v1/provenance.json")))
        .contains("\"identity\" : \"7@laptop\"", "\"when\" : \"2026-01-02T03:04:00Z\"")
        .contains("\"who\" : \"Ana\"", "\"why\" : \"fine\"");
    assertThat(models.alias("m", "champion").orElseThrow().who()).isEqualTo("Ana");
    assertThat(models.alias("m", "champion").orElseThrow().identity()).isEqualTo("7@laptop");
  }
}
