package org.speechrate.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.store.Json;

class StageCleanupTest {
  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");

  @TempDir Path workspace;

  private String output(String stage, String key, int bytes, Duration age) throws IOException {
    String uri = "data/stages/" + stage + "/" + key;
    Path folder = Files.createDirectories(workspace.resolve(uri));
    Files.write(folder.resolve("x"), new byte[bytes]);
    Files.setLastModifiedTime(folder, FileTime.from(NOW.minus(age)));
    return uri;
  }

  private void run(String id, String started, String uri) throws IOException {
    RunActivitiesImpl.write(
        new RunFiles(workspace),
        new RunRecord(
            id,
            "run",
            started,
            started,
            "completed",
            "",
            Optional.empty(),
            List.of(
                new StageState(
                    Stage.LABELS,
                    StageState.State.DONE,
                    "",
                    1,
                    Optional.of(new Artifact(uri, "0", 1)))),
            Optional.empty()));
  }

  private List<String> unused(int newestRuns) throws IOException {
    return new StageCleanup(workspace, NOW)
        .unused(newestRuns).stream().map(StageCleanup.Unused::uri).toList();
  }

  @Test
  void keepsWhatModelsAndTheNewestRunsCameFromAndWhatIsYoung() throws IOException {
    Duration old = Duration.ofDays(2);
    String ofModel = output("training", "model", 1, old);
    String ofNewest = output("labels", "newest", 1, old);
    String ofOlder = output("labels", "older", 10, old);
    String ofNobody = output("embeddings", "nobody", 20, old);
    output("embeddings", "young", 1, Duration.ofHours(23));
    run("a", "2026-03-02T00:00:00Z", ofOlder);
    run("b", "2026-03-03T00:00:00Z", ofNewest);
    Map<String, Artifact> artifacts = new HashMap<>();
    artifacts.put("training", new Artifact(ofModel, "0", 1));
    artifacts.put("corpus", null);
    Path version = Files.createDirectories(workspace.resolve("models/speech-rate/v1"));
    Files.write(version.resolve("provenance.json"), Json.write(Map.of("artifacts", artifacts)));

    assertThat(unused(1)).containsExactly(ofNobody, ofOlder); // the largest first
    assertThat(unused(2)).containsExactly(ofNobody);
  }

  @Test
  void listsWithoutDeletingAndDeletesWhatItIsTold() throws IOException {
    String uri = output("labels", "nobody", 7, Duration.ofDays(2));
    StageCleanup cleanup = new StageCleanup(workspace, NOW);

    StageCleanup.Unused unused = cleanup.unused(20).get(0);
    assertThat(unused.bytes()).isEqualTo(7);
    assertThat(workspace.resolve(uri)).exists();

    cleanup.delete(unused);
    assertThat(workspace.resolve("data/stages/labels")).isEmptyDirectory();
    assertThat(cleanup.unused(20)).isEmpty();
  }

  @Test
  void keepsWhatTheEncoderOfANeededOutputMade() throws IOException {
    String used = output("embeddings", "used", 1, Duration.ofDays(2));
    Files.writeString(
        workspace.resolve(used).resolve("manifest.json"),
        "{\"key\": {\"inputs\": {\"encoder\": \"e1\", \"utterances\": \"u\"}}}");
    Files.setLastModifiedTime(
        workspace.resolve(used), FileTime.from(NOW.minus(Duration.ofDays(2))));
    for (String encoder : List.of("e1", "e2", "e3")) {
      Path shard = workspace.resolve("data/encoded/" + encoder + "/shard");
      Files.createDirectories(shard);
      Files.write(shard.resolve("x.npy"), new byte[5]);
      Files.setLastModifiedTime(
          shard.getParent(),
          FileTime.from(NOW.minus(Duration.ofDays(encoder.equals("e3") ? 0 : 2))));
    }
    run("a", "2026-03-02T00:00:00Z", used);

    assertThat(unused(1)).containsExactly("data/encoded/e2");

    StageCleanup cleanup = new StageCleanup(workspace, NOW);
    cleanup.delete(cleanup.unused(1).get(0));
    assertThat(unused(1)).isEmpty();
    assertThat(unused(0)).containsExactly(used, "data/encoded/e1");
  }

  @Test
  void aWorkspaceWithoutOutputsHasNothingToRemove() throws IOException {
    assertThat(unused(20)).isEmpty();
  }
}
