package org.speechrate.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.store.Json;

class NothingNewTest {
  private static final String OLD = "20260101T000000Z-00000001";
  private static final String NEW = "20260102T000000Z-00000002";
  private static final String OURS = "20260103T000000Z-00000003";

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
        new PublishingRequest(
            "ws",
            OURS,
            RunSpecReader.read("{\"publishing\": {\"onlyNew\": " + onlyNew + "}}"),
            Optional.empty(),
            artifact("labels"),
            artifact(embeddings),
            artifact(dataset),
            artifact(weights),
            artifact("evaluation"),
            null,
            null,
            null),
        model.resolve(OURS));
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
    assertThat(
            NothingNew.since(
                new PublishingRequest(
                    "ws",
                    OURS,
                    RunSpecReader.read("{\"publishing\": {\"onlyNew\": true}}"),
                    Optional.empty(),
                    artifact("l"),
                    artifact("e"),
                    artifact("d"),
                    artifact("t"),
                    artifact("v"),
                    null,
                    null,
                    null),
                nobody.resolve(OURS)))
        .isEmpty();
  }
}
