package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.store.Json;

class WorkspaceMetricsTest {
  @TempDir Path folder;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private WorkspaceMetrics metrics;

  @AfterEach
  void close() {
    metrics.close();
  }

  private void publish(String model, String version, String created, double testMse)
      throws IOException {
    Path made = Files.createDirectories(folder.resolve("models/" + model + "/" + version));
    Files.write(made.resolve("model.safetensors"), new byte[1]);
    Files.write(
        made.resolve("provenance.json"),
        Json.write(
            Map.of(
                "created",
                created,
                "evaluation",
                Map.of("splits", Map.of("test", Map.of("mse", testMse))))));
  }

  private Collection<Gauge> gauges(String name) {
    return meters.find(name).gauges();
  }

  private Gauge gauge(String name, String label, String value) {
    return meters.get(name).tag(label, value).gauge();
  }

  @Test
  void tellsOfEachModelsChampion() throws Exception {
    publish("a", "20260101T000000Z-00000001", "2026-01-01T00:00:00Z", 6.5);
    publish("a", "20260102T000000Z-00000002", "2026-01-02T00:00:00Z", 6.25);
    publish("b", "v1", "no date", 9);
    Files.createDirectories(folder.resolve("models/broken/v1"));
    Files.write(folder.resolve("models/broken/v1/model.safetensors"), new byte[1]);
    Path change = folder.resolve("models/a/aliases/000001.json");
    Files.createDirectories(change.getParent());
    Files.write(
        change,
        Json.write(
            Map.of("alias", "champion", "version", "20260101T000000Z-00000001", "who", "Ana")));

    metrics = new WorkspaceMetrics(folder, Optional.empty(), meters);
    await().until(() -> gauges("speechrate.published.test.mse").size() == 2);
    assertThat(gauge("speechrate.published.test.mse", "model", "a").value()).isEqualTo(6.5);
    assertThat(gauge("speechrate.published.timestamp.seconds", "model", "a").value())
        .isEqualTo((double) Instant.parse("2026-01-01T00:00:00Z").getEpochSecond());
    assertThat(gauge("speechrate.published.version", "model", "a").getId().getTag("version"))
        .isEqualTo("20260101T000000Z-00000001");
    assertThat(gauge("speechrate.published.timestamp.seconds", "model", "b").value())
        .as("of its folder")
        .isGreaterThan(1.7e9);
    assertThat(meters.get("speechrate.published.models").gauge().value()).isEqualTo(3);
    assertThat(gauges("speechrate.gpu.memory.used.bytes")).isEmpty();
  }

  @Test
  void showsTheNewestOfTooManyModels() throws Exception {
    for (int i = 0; i < 30; i++) {
      publish("m" + i, "v1", String.format(Locale.ROOT, "2026-01-%02dT00:00:00Z", i + 1), i);
    }
    metrics = new WorkspaceMetrics(folder, Optional.empty(), meters);
    await().until(() -> gauges("speechrate.published.test.mse").size() == 20);
    assertThat(gauges("speechrate.published.test.mse"))
        .extracting(Gauge::value)
        .allMatch(mse -> mse >= 10);
    assertThat(meters.get("speechrate.published.models").gauge().value()).isEqualTo(30);
  }

  @Test
  void asksTheDriverForItsGpus() throws Exception {
    Path program = nvidiaSmi(folder);
    metrics = new WorkspaceMetrics(folder, Optional.of(program), meters);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> gauges("speechrate.gpu.memory.total.bytes").size() == 1);
    assertThat(gauge("speechrate.gpu.memory.used.bytes", "gpu", "0").value())
        .isEqualTo(1024.0 * (1 << 20));
    assertThat(gauge("speechrate.gpu.memory.total.bytes", "gpu", "0").value())
        .isEqualTo(143771.0 * (1 << 20));
  }

  /** In place of the driver's program: a GPU, and one that tells nothing of its memory. */
  static Path nvidiaSmi(Path folder) throws IOException {
    Path program = Files.createDirectories(folder.resolve("bin")).resolve("nvidia-smi");
    Files.writeString(
        program,
        "#!/bin/sh\n"
            + "[ \"$*\" = '--query-gpu=index,memory.used,memory.total"
            + " --format=csv,noheader,nounits' ] || exit 2\n"
            + "echo '0, 1024, 143771'\necho '1, [N/A], [N/A]'\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return program;
  }
}
