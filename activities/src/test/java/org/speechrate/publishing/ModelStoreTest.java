package org.speechrate.publishing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
                    Map.of("a", new byte[] {1}, "b", new byte[0]),
                    ModelStoreTest::noCheck))
        .isTrue();
    assertThat(store().publish("m", "v1", Map.of("a", new byte[] {2}), ModelStoreTest::noCheck))
        .isFalse();
    assertThat(names(models.resolve("m"))).containsExactly("v1");
    assertThat(names(models.resolve("m/v1"))).containsExactly("a", "b");
    assertThat(models.resolve("m/v1/a")).hasBinaryContent(new byte[] {1});
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
                        Map.of("a", new byte[] {1}),
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
                        .publish("m", version, Map.of("a", own, "b", own), ModelStoreTest::noCheck);
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
}
