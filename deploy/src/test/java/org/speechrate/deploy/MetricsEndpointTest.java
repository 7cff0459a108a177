package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.uber.m3.tally.Scope;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsEndpointTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private MetricsEndpoint endpoint;

  @BeforeEach
  void open() throws IOException {
    endpoint = new MetricsEndpoint(MetricsEndpoint.ANYWHERE);
  }

  @AfterEach
  void close() {
    endpoint.close();
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(endpoint.address()).resolve(path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void itLivesBeforeTheWorkerIsReady() throws Exception {
    assertThat(ask("GET", "/healthz").statusCode()).isEqualTo(200);
    assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(503);
    assertThat(ask("GET", "/readyz").body()).isEqualTo("the worker has not started yet\n");

    endpoint.readiness(Optional::empty);
    assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(200);
    endpoint.readiness(() -> Optional.of("the worker is leaving"));
    assertThat(ask("GET", "/readyz").body()).isEqualTo("the worker is leaving\n");
    assertThat(ask("GET", "/healthz").body()).isEqualTo("ok\n");
  }

  @Test
  void onlyWhatItHasCanBeReadAndNothingElse() throws Exception {
    HttpResponse<String> metrics = ask("GET", "/metrics");
    assertThat(metrics.statusCode()).isEqualTo(200);
    assertThat(metrics.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(metrics.body()).contains("jvm_memory_used_bytes{area=\"heap\"");
    assertThat(ask("HEAD", "/metrics").statusCode()).isEqualTo(200);
    assertThat(ask("GET", "/metricsandmore").statusCode()).isEqualTo(404);
    assertThat(ask("GET", "/metrics/..").statusCode()).isEqualTo(404);
    assertThat(ask("GET", "/").statusCode()).isEqualTo(404);
    assertThat(ask("POST", "/healthz").statusCode()).isEqualTo(405);
  }

  @Test
  void itListensWhereItWasTold() throws IOException {
    assertThat(endpoint.address()).matches("http://127\\.0\\.0\\.1:\\d+/metrics");
    try (MetricsEndpoint all = new MetricsEndpoint(new InetSocketAddress("0.0.0.0", 0))) {
      assertThat(all.address()).as("for who is here").matches("http://127\\.0\\.0\\.1:\\d+/.*");
    }
  }

  @Test
  void namesThatAnybodyCanChooseAreBounded() throws Exception {
    Scope scope = WorkerAssembly.metricsScope(endpoint.registry());
    for (int i = 0; i < 200; i++) {
      scope
          .tagged(Map.of("workflow_type", "Type" + i))
          .counter("temporal_workflow_completed")
          .inc(1);
    }
    scope.close();

    List<String> series = lines("temporal_workflow_completed_total{");
    assertThat(series).hasSize(50);
  }

  @Test
  void aLatencyHasFewBuckets() throws Exception {
    Scope scope = WorkerAssembly.metricsScope(endpoint.registry());
    scope.timer("temporal_request_latency").record(com.uber.m3.util.Duration.ofMillis(50));
    scope.close();

    assertThat(lines("temporal_request_latency_seconds_bucket{"))
        .extracting(line -> line.replaceAll(".*le=\"([^\"]*)\".* ", "$1 "))
        .containsExactly(
            "0.01 0", "0.1 1", "1.0 1", "10.0 1", "60.0 1", "600.0 1", "3600.0 1", "+Inf 1");
  }

  private List<String> lines(String start) throws Exception {
    return ask("GET", "/metrics").body().lines().filter(line -> line.startsWith(start)).toList();
  }
}
