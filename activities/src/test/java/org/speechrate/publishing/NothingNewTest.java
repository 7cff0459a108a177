package org.speechrate.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.store.Json;

class NothingNewTest {
  private static final String OLD = "20260101T000000Z-00000001";
  private static final String NEW = "20260102T000000Z-00000002";
  private static final String OURS = "20260103T000000Z-00000003";
  private static final String ONLY_NEW = "\"onlyNew\": true";

  @TempDir Path model;

  @BeforeEach
  void publishTwo() throws IOException {
    publish(OLD, "embeddings-1", "dataset-1", "weights-1");
    publish(NEW, "embeddings-2", "dataset-2", "weights-2");
    // Neither is a version.
    Files.createDirectories(model.resolve("aliases"));
    Files.createDirectories(model.resolve(".attempt-99"));
  }

  private Path version(String name) throws IOException {
    Path folder = Files.createDirectories(model.resolve(name));
    Files.createFile(folder.resolve(SpeechRateModel.FILE));
    return folder;
  }

  private void publish(String version, String embeddings, String dataset, String training)
      throws IOException {
    Path folder = version(version);
    Files.write(
        folder.resolve("provenance.json"),
        Json.write(
            Map.of(
                "version",
                version,
                "artifacts",
                Map.of(
                    "embeddings", artifact(embeddings),
                    "dataset", artifact(dataset),
                    "training", artifact(training)))));
  }

  private static Artifact artifact(String sha256) {
    return new Artifact("data/stages/x/" + sha256, sha256, 3);
  }

  private Optional<String> since(boolean onlyNew, String embeddings, String dataset, String weights)
      throws IOException {
    return NothingNew.since(
        request("\"onlyNew\": " + onlyNew, embeddings, dataset, weights), model.resolve(OURS));
  }

  private static PublishingRequest request(
      String publishing, String embeddings, String dataset, String weights) {
    return new PublishingRequest(
        "ws",
        OURS,
        RunSpecReader.read("{\"publishing\": {" + publishing + "}}"),
        Optional.empty(),
        artifact("labels"),
        artifact(embeddings),
        artifact(dataset),
        artifact(weights),
        artifact("evaluation"),
        null,
        null,
        null,
        Optional.empty());
  }

  /** A run that has ended, of embeddings e, dataset d and weights w. */
  private void ended(String id, String started, String publishing, PublishingResult result)
      throws IOException {
    List<StageState> stages =
        Map.of(Stage.EMBEDDINGS, "e", Stage.DATASET, "d", Stage.TRAINING, "w").entrySet().stream()
            .map(
                made ->
                    new StageState(
                        made.getKey(),
                        StageState.State.DONE,
                        "",
                        1,
                        Optional.of(artifact(made.getValue()))))
            .toList();
    Path file = new RunFiles(model).record(id, "r");
    Files.createDirectories(file.getParent());
    Files.write(
        file,
        Json.write(
            new RunRecord(
                id,
                "r",
                started,
                started,
                "completed",
                "",
                Optional.of(RunSpecReader.read("{\"publishing\": {" + publishing + "}}")),
                stages,
                Optional.of(
                    new RunResult(id, "r", "", Map.of(), result, List.of(), Optional.empty())))));
  }

  private static PublishingResult no(String reason) {
    return new PublishingResult(false, "speech-rate", Optional.empty(), Optional.empty(), reason);
  }

  private Optional<String> sinceRefusal(String publishing, boolean open, String weights)
      throws IOException {
    return NothingNew.sinceRefusal(
        request(publishing, "e", "d", weights),
        new Gate(open, open ? "gate says yes" : "gate says no"),
        new RunFiles(model));
  }

  @Test
  void aModelThatWasRefusedIsNothingNewWhereItIsRefusedAgain() throws IOException {
    ended("first", "2026-01-01T00:00:00Z", ONLY_NEW, no("gate said no"));
    ended(
        "second",
        "2026-01-02T00:00:00Z",
        ONLY_NEW,
        PublishingResult.nothingNew("speech-rate", "run first: gate said no"));

    assertThat(sinceRefusal(ONLY_NEW, false, "w")).contains("run first: gate says no");
    assertThat(sinceRefusal(ONLY_NEW, true, "w")).as("the gate has opened").isEmpty();
    assertThat(sinceRefusal(ONLY_NEW, false, "others")).as("another model").isEmpty();
    assertThat(sinceRefusal("\"onlyNew\": false", false, "w")).isEmpty();
    assertThat(sinceRefusal(ONLY_NEW + ", \"gate\": \"better\"", false, "w"))
        .as("another question")
        .isEmpty();
  }

  @Test
  void nobodyIsAskedAgainForWhatSomebodyRejected() throws IOException {
    String asks = ONLY_NEW + ", \"approval\": true";
    ended("late", "2026-01-01T00:00:00Z", asks, no("nobody approved it within 72 hours; …"));
    assertThat(sinceRefusal(asks, true, "w")).isEmpty();

    ended("no", "2026-01-02T00:00:00Z", asks, no("rejected by Ana (too slow); …"));
    assertThat(sinceRefusal(asks, true, "w")).contains("run no: rejected by Ana (too slow); …");
  }

  @Test
  void theModelOfTheNewestVersionIsNothingNew() throws IOException {
    assertThat(since(true, "embeddings-2", "dataset-2", "weights-2")).contains(NEW);
  }

  @Test
  void aRunThatDoesNotAskForNewsOnlyPublishesAnyway() throws IOException {
    assertThat(since(false, "embeddings-2", "dataset-2", "weights-2")).isEmpty();
  }

  @Test
  void whateverDiffersIsNew() throws IOException {
    assertThat(since(true, "embeddings-3", "dataset-2", "weights-2")).isEmpty();
    assertThat(since(true, "embeddings-2", "dataset-3", "weights-2")).isEmpty();
    assertThat(since(true, "embeddings-2", "dataset-2", "weights-3")).isEmpty();
  }

  @Test
  void dataThatIsAsItWasBeforeTheNewestVersionIsNewAgain() throws IOException {
    assertThat(since(true, "embeddings-1", "dataset-1", "weights-1")).isEmpty();
  }

  @Test
  void theVersionThatAnEarlierAttemptOfThisRunPublishedIsNoReasonAgainstIt() throws IOException {
    publish(OURS, "embeddings-2", "dataset-2", "weights-2");

    assertThat(since(true, "embeddings-2", "dataset-2", "weights-2")).isEmpty();
  }

  @Test
  void aVersionThatCameFromElsewhereIsNoReasonAgainstIt() throws IOException {
    Path imported = version("20260102T000001Z-00000009");
    Files.writeString(imported.resolve("provenance.json"), "{\"importedFrom\": \"x.pt\"}");

    assertThat(since(true, "embeddings-2", "dataset-2", "weights-2")).isEmpty();
  }

  @Test
  void theFirstVersionIsNew() throws IOException {
    Path nobody = model.resolve("none");
    assertThat(NothingNew.since(request(ONLY_NEW, "e", "d", "t"), nobody.resolve(OURS))).isEmpty();
  }
}
