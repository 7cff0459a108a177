package org.speechrate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;

class FolderStageStoreTest {
  private static final EmbeddingFacts FACTS = new EmbeddingFacts("matrix", 3, 256);

  @TempDir Path folder;
  private FolderStageStore store;
  private final AtomicInteger works = new AtomicInteger();

  @BeforeEach
  void open() throws IOException {
    store =
        new FolderStageStore(
            Workspace.open(folder, List.of()), new SourceHashes(folder.resolve("hashes.json")));
  }

  private static StageKey key(String input) {
    return new StageKey(
        Stage.EMBEDDINGS, 1, Map.of("source", input), Map.of("dimension", 256, "kind", "matrix"));
  }

  private StageResult<EmbeddingFacts> commit(StageKey key, boolean reuse, String content)
      throws IOException {
    return store.commit(
        key,
        reuse,
        EmbeddingFacts.class,
        attempt -> {
          works.incrementAndGet();
          Files.writeString(attempt.resolve("x.npy"), content);
          Files.writeString(attempt.resolve("ids.csv"), "ids");
          return FACTS;
        });
  }

  @Test
  void secondRunReusesWhatTheFirstMade() throws IOException {
    StageResult<EmbeddingFacts> first = commit(key("a"), true, "bytes");
    StageResult<EmbeddingFacts> second = commit(key("a"), true, "bytes");

    assertThat(first.reused()).isFalse();
    assertThat(second.reused()).isTrue();
    assertThat(second.artifact()).isEqualTo(first.artifact());
    assertThat(second.facts()).isEqualTo(FACTS);
    assertThat(works).hasValue(1);
  }

  @Test
  void keyChangesWithInputVersionAndSpec() {
    StageKey key = key("a");
    assertThat(key.hash()).hasSize(32).isEqualTo(key("a").hash()).isNotEqualTo(key("b").hash());
    assertThat(new StageKey(Stage.EMBEDDINGS, 2, key.inputs(), key.spec()).hash())
        .isNotEqualTo(key.hash());
    assertThat(new StageKey(Stage.EMBEDDINGS, 1, key.inputs(), Map.of()).hash())
        .isNotEqualTo(key.hash());
  }

  @Test
  void artifactIsAddressedByItsPayloadAndNotByTheManifest() throws IOException {
    StageResult<EmbeddingFacts> one = commit(key("a"), true, "bytes");
    StageResult<EmbeddingFacts> other = commit(key("b"), true, "bytes");

    assertThat(one.artifact().uri()).isEqualTo("data/stages/embeddings/" + key("a").hash());
    assertThat(one.artifact().rows()).isEqualTo(3);
    assertThat(other.artifact().sha256()).isEqualTo(one.artifact().sha256());
    assertThat(other.artifact().uri()).isNotEqualTo(one.artifact().uri());
  }

  @Test
  void withoutReuseTheWorkIsDoneAgainButTheCommittedBytesStay() throws IOException {
    Artifact first = commit(key("a"), true, "bytes").artifact();
    StageResult<EmbeddingFacts> again = commit(key("a"), false, "other bytes");

    assertThat(works).hasValue(2);
    assertThat(again.reused()).isFalse();
    assertThat(again.artifact()).isEqualTo(first);
    assertThat(store.open(first).resolve("x.npy")).hasContent("bytes");
  }

  @Test
  void workThatFailsLeavesNothing() throws IOException {
    assertThatThrownBy(
            () ->
                store.commit(
                    key("a"),
                    true,
                    EmbeddingFacts.class,
                    attempt -> {
                      Files.writeString(attempt.resolve("half"), "written");
                      throw new IOException("disk full");
                    }))
        .hasMessage("disk full");

    try (Stream<Path> left = Files.list(folder.resolve("data/stages/embeddings"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void eightAttemptsAtOnceGiveOneArtifact() throws IOException {
    List<Artifact> artifacts =
        IntStream.range(0, 8)
            .parallel()
            .mapToObj(
                i -> {
                  try {
                    return commit(key("a"), true, "bytes").artifact();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                })
            .toList();

    assertThat(artifacts).containsOnly(artifacts.get(0));
    try (Stream<Path> left = Files.list(folder.resolve("data/stages/embeddings"))) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void aDamagedOutputIsRefusedWithItsNameAndTheCure() throws IOException {
    Artifact artifact = commit(key("a"), true, "bytes").artifact();
    Files.writeString(store.open(artifact).resolve("ids.csv"), "sdi");

    assertThatThrownBy(() -> commit(key("a"), true, "bytes"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "%s/ids.csv is not what was committed (sha256 %s); delete the folder %s, and the stage"
                + " is run again",
            artifact.uri(), SourceHashes.hash(write("ids")), artifact.uri());
  }

  private Path write(String content) throws IOException {
    return Files.writeString(folder.resolve("expected"), content);
  }

  @Test
  void aDamagedManifestIsRefusedWithTheCure() throws IOException {
    Artifact artifact = commit(key("a"), true, "bytes").artifact();
    Files.writeString(store.open(artifact).resolve("manifest.json"), "{\"key\" : {");

    assertThatThrownBy(() -> commit(key("a"), true, "bytes"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "%s/manifest.json is damaged or gone; delete the folder %s, and the stage is run again",
            artifact.uri(), artifact.uri());
  }

  @Test
  void whatAKilledAttemptLeftIsRemovedAndALivingOneIsNot() throws IOException {
    Path stage = Files.createDirectories(folder.resolve("data/stages/embeddings"));
    Path dead = Files.createDirectory(stage.resolve(".attempt-dead"));
    Files.writeString(dead.resolve("x.npy"), "half");
    Files.createFile(stage.resolve(".attempt-dead.lock"));
    try (AttemptFolder living = AttemptFolder.begin(stage)) {
      assertThat(dead).doesNotExist();
      assertThat(stage.resolve(".attempt-dead.lock")).doesNotExist();

      commit(key("a"), true, "bytes");

      assertThat(living.path()).exists();
    }
    try (Stream<Path> left = Files.list(stage)) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void attemptsBesideEachOtherKeepTheirFoldersFromAnotherProcess() throws Exception {
    Path stage = folder.resolve("data/stages/embeddings");
    try (AttemptFolder first = AttemptFolder.begin(stage);
        AttemptFolder second = AttemptFolder.begin(stage)) {
      Process other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Other.class.getName(),
                  stage.toString())
              .inheritIO()
              .start();
      try {
        assertThat(other.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(other.exitValue()).isZero();
      } finally {
        other.destroyForcibly();
      }
      assertThat(first.path()).isDirectory();
      assertThat(second.path()).isDirectory();
    }
  }

  /** Another worker's attempt at the same stage. */
  static final class Other {
    private Other() {}

    public static void main(String[] args) throws IOException {
      AttemptFolder.begin(Path.of(args[0])).close();
    }
  }

  @Test
  void anArtifactThatIsGoneIsRefused() {
    assertThatThrownBy(() -> store.open(new Artifact("data/stages/embeddings/0", "f00", 1)))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "data/stages/embeddings/0 is gone, or not what the run made with sha256 f00; start the"
                + " run again");
  }

  @Test
  void anAddressOutsideTheStagesIsRefused() {
    assertThatThrownBy(() -> store.open(new Artifact("data/stages/../../..", "f00", 1)))
        .isInstanceOf(Refusal.class);
  }
}
