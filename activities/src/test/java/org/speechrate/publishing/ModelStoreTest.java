package org.speechrate.publishing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.AliasChange;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.Refusal;

class ModelStoreTest {
  @TempDir Path models;

  private ModelStore store() {
    return new ModelStore(models);
  }

  private static void noCheck() {}

  private static List<String> names(Path folder) throws IOException {
    try (var children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void publishesOnceAndLeavesNothingElse() throws IOException {
    assertThat(
            store()
                .publish(
                    "m",
                    "v1",
                    Map.of("a", before -> new byte[] {1}, "b", before -> new byte[0]),
                    ModelStoreTest::noCheck))
        .isTrue();
    assertThat(
            store()
                .publish("m", "v1", Map.of("a", before -> new byte[] {2}), ModelStoreTest::noCheck))
        .isFalse();
    assertThat(names(models.resolve("m"))).containsExactly("v1");
    assertThat(names(models.resolve("m/v1"))).containsExactly("a", "b");
    assertThat(models.resolve("m/v1/a")).hasBinaryContent(new byte[] {1});
  }

  @Test
  void aFileIsMadeWhenThoseBeforeItAreOnDisk() throws IOException {
    Map<String, ModelStore.Content> files = new LinkedHashMap<>();
    files.put("a", before -> new byte[] {1});
    files.put(
        "b",
        before -> {
          try (var all = Files.walk(models)) {
            assertThat(all.filter(file -> file.endsWith("a"))).hasSize(1);
          }
          assertThat(before)
              .containsExactly(
                  entry("a", "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"));
          return new byte[0];
        });
    assertThat(store().publish("m", "v1", files, ModelStoreTest::noCheck)).isTrue();
  }

  @Test
  void anAttemptThatNoLongerCountsPublishesNothing() throws IOException {
    IllegalStateException superseded = new IllegalStateException("another attempt has taken over");

    assertThatThrownBy(
            () ->
                store()
                    .publish(
                        "m",
                        "v1",
                        Map.of("a", before -> new byte[] {1}),
                        () -> {
                          throw superseded;
                        }))
        .isSameAs(superseded);
    assertThat(names(models.resolve("m"))).isEmpty();
  }

  @Test
  void oneOfManyAttemptsAtOncePublishesAWholeVersion() throws Exception {
    int attempts = 8;
    ExecutorService threads = Executors.newFixedThreadPool(attempts);
    try {
      for (int round = 0; round < 20; round++) {
        String version = "v" + round;
        CyclicBarrier together = new CyclicBarrier(attempts);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int i = 0; i < attempts; i++) {
          byte[] own = {(byte) i};
          results.add(
              threads.submit(
                  () -> {
                    together.await();
                    return store()
                        .publish(
                            "m",
                            version,
                            Map.of("a", before -> own, "b", before -> own),
                            ModelStoreTest::noCheck);
                  }));
        }
        int published = 0;
        for (Future<Boolean> result : results) {
          published += result.get() ? 1 : 0;
        }
        assertThat(published).isEqualTo(1);
        Path folder = models.resolve("m").resolve(version);
        assertThat(Files.readAllBytes(folder.resolve("a")))
            .isEqualTo(Files.readAllBytes(folder.resolve("b")));
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(names(models.resolve("m"))).hasSize(20).allMatch(name -> name.startsWith("v"));
  }

  @Test
  void removesWhatADeadAttemptLeft() throws IOException {
    Path dead = Files.createDirectories(models.resolve("m/.attempt-dead"));
    Files.write(dead.resolve("a"), new byte[1]);

    store().publish("m", "v1", Map.of(), ModelStoreTest::noCheck);

    assertThat(names(models.resolve("m"))).containsExactly("v1");
  }

  @Test
  void refusesNamesThatAreNoFolderOfTheirOwn() {
    for (String name : List.of("", ".", "..", "../x", "a/b", ".hidden", "a b", "a\nb", "ä")) {
      assertThatThrownBy(() -> store().folder(name, "v"))
          .as(name)
          .isInstanceOf(Refusal.class)
          .hasMessage(
              "publishing.model must be 1 to 100 letters, digits, dots, underscores or hyphens and"
                  + " begin with a letter or digit, got \""
                  + name
                  + "\"");
    }
    assertThatThrownBy(() -> store().folder("m", "../v"))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("version must be");
    assertThatThrownBy(() -> store().folder("src", "v"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("publishing.model must not be one of")
        .hasMessageEndingWith("got \"src\"");
  }

  /** What an attempt of a run does: any number of them, at once or one after the other. */
  private static void attempt(ModelStore store, String version, byte[] content) throws IOException {
    store.publish(
        "m",
        version,
        Map.of("model.safetensors", before -> content, "other", before -> content),
        ModelStoreTest::noCheck);
    store.makeChampionOnce(
        "m", version, "2026-01-02T03:04:05Z", "run " + version, "7@host", "better");
  }

  @Test
  void aThousandAttemptsOfFiftyRunsMakeFiftyVersionsAndFiftyChampions() throws Exception {
    int runs = 50;
    int attempts = 20;
    int reads = 10_000;
    ExecutorService threads = Executors.newFixedThreadPool(attempts + 2);
    AtomicBoolean published = new AtomicBoolean();
    AtomicInteger seen = new AtomicInteger();
    try {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        readers.add(
            threads.submit(
                () -> {
                  while (seen.incrementAndGet() <= reads || !published.get()) {
                    readWhole();
                  }
                  return null;
                }));
      }
      List<Future<?>> results = new ArrayList<>();
      for (int attempt = 0; attempt < attempts; attempt++) {
        byte[] own = new byte[1000];
        java.util.Arrays.fill(own, (byte) attempt);
        int first = attempt;
        results.add(
            threads.submit(
                () -> {
                  // Another order for each, so that all runs are under way at once.
                  for (int run = 0; run < runs; run++) {
                    attempt(store(), String.format("v%02d", (run + 7 * first) % runs), own);
                  }
                  return null;
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
      published.set(true);
      for (Future<?> reader : readers) {
        reader.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(seen.get()).isGreaterThan(reads);
    ModelFolder reader = store().reader();
    assertThat(reader.versions("m")).hasSize(runs);
    assertThat(reader.history("m").keySet()).hasSize(runs).startsWith(1).endsWith(runs);
    Set<String> champions = new HashSet<>();
    String before = null;
    for (AliasChange change : reader.history("m").values()) {
      assertThat(change.previous().orElse(null)).isEqualTo(before);
      before = change.version();
      champions.add(before);
    }
    assertThat(champions).hasSize(runs);
    assertThat(names(models.resolve("m"))).hasSize(runs + 1);
  }

  /** Any reader at any time: nothing, or a whole champion. */
  private void readWhole() throws IOException {
    ModelFolder reader = store().reader();
    if (reader.alias("m", ModelFolder.CHAMPION).isEmpty()) {
      return;
    }
    Path champion = reader.resolve("m@champion");
    byte[] weights = Files.readAllBytes(champion.resolve("model.safetensors"));
    assertThat(weights).hasSize(1000).containsOnly(weights[0]);
    assertThat(Files.readAllBytes(champion.resolve("other"))).isEqualTo(weights);
  }

  @Test
  void killedAtAnyWriteItLeavesTheOldStateOrTheNewAndARetryCompletes() throws Exception {
    attempt(store(), "v0", new byte[1000]);
    Map<String, Integer> statesSeen = new HashMap<>();
    boolean completed = false;
    for (int write = 1; !completed; write++) {
      assertThat(write).as("writes").isLessThan(20);
      String version = "v" + write;
      completed = killedAt(write, version) == 0;
      ModelFolder reader = store().reader();
      readWhole();
      String champion = reader.alias("m", ModelFolder.CHAMPION).orElseThrow().version();
      assertThat(champion).isIn("v" + (write - 1), version);
      boolean there = reader.versions("m").contains(version);
      assertThat(there || !champion.equals(version)).isTrue();
      statesSeen.merge((there ? "new" : "old") + champion.equals(version), 1, Integer::sum);

      attempt(store(), version, new byte[1000]);

      assertThat(reader.resolve("m@champion").getFileName()).hasToString(version);
      assertThat(reader.history("m")).as("no change twice").hasSize(write + 1);
    }
    // Before the rename, between the rename and the alias, and after both.
    assertThat(statesSeen.keySet()).containsExactlyInAnyOrder("oldfalse", "newfalse", "newtrue");

    attempt(store(), "last", new byte[1000]);
    assertThat(names(models.resolve("m")))
        .as("the next run removes what killed ones left")
        .allMatch(name -> name.matches("v\\d+|aliases|last"));
  }

  private int killedAt(int write, String version) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Killed.class.getName(),
                models.toString(),
                Integer.toString(write),
                version)
            .inheritIO()
            .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  /** A process that ends, without any tidying up, right before a write. */
  static final class Killed {
    private static final int EXIT = 9;

    private Killed() {}

    public static void main(String[] args) throws IOException {
      AtomicInteger writes = new AtomicInteger(Integer.parseInt(args[1]));
      ModelStore store =
          new ModelStore(
              Path.of(args[0]),
              () -> {
                if (writes.decrementAndGet() == 0) {
                  Runtime.getRuntime().halt(EXIT);
                }
              });
      attempt(store, args[2], new byte[1000]);
    }
  }
}
