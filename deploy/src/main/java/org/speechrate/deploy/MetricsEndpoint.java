package org.speechrate.deploy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What a worker tells over HTTP: {@code /metrics} for Prometheus (the SDK's, our stages', the
 * JVM's), {@code /healthz} (the process lives) and {@code /readyz} (it takes tasks).
 */
public final class MetricsEndpoint implements AutoCloseable {
  /** Where nobody said otherwise: on loopback, on a free port. */
  public static final InetSocketAddress ANYWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String PLAIN_TEXT = "text/plain; charset=utf-8";

  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int WRONG_METHOD = 405;
  private static final int NOT_READY = 503;

  /** So that a probe that waits for Temporal does not keep a scrape waiting. */
  private static final int REQUESTS_AT_ONCE = 4;

  private static final String SECONDS_OF_A_REQUEST = "10";

  /**
   * Of the SDK's waits and latencies, whose own buckets are 70 a series, and a scrape of a
   * megabyte.
   */
  private static final double[] BUCKETS =
      Stream.of("PT0.01S", "PT0.1S", "PT1S", "PT10S", "PT1M", "PT10M", "PT1H")
          .mapToDouble(bucket -> Duration.parse(bucket).toNanos())
          .toArray();

  /** Labels of the SDK whose values are names that whoever starts a run can choose. */
  private static final List<String> CHOSEN_NAMES =
      List.of("workflow_type", "activity_type", "signal_name", "query_type");

  private static final int MOST_NAMES = 50;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final ExecutorService requests =
      Executors.newFixedThreadPool(
          REQUESTS_AT_ONCE,
          task -> {
            Thread thread = new Thread(task, "metrics");
            thread.setDaemon(true);
            return thread;
          });
  private final HttpServer server;
  private volatile Supplier<Optional<String>> notReady =
      () -> Optional.of("the worker has not started yet");

  /** What a path answers. */
  private record Answer(int status, String type, String text) {
    static Answer plain(int status, String line) {
      return new Answer(status, PLAIN_TEXT, line + "\n");
    }
  }

  /**
   * @param address port 0 for a free one
   * @throws java.net.SocketException if the address cannot be used
   */
  public MetricsEndpoint(InetSocketAddress address) throws IOException {
    // Else a client that sends half a request keeps a thread for ever.
    System.setProperty("sun.net.httpserver.maxReqTime", SECONDS_OF_A_REQUEST);
    server = HttpServer.create(address, 0);
    registry.config().meterFilter(fewBuckets());
    for (String label : CHOSEN_NAMES) {
      registry
          .config()
          .meterFilter(
              MeterFilter.maximumAllowableTags("temporal", label, MOST_NAMES, MeterFilter.deny()));
    }
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    gc.bindTo(registry);
    serve("/metrics", () -> new Answer(OK, PROMETHEUS_TEXT, registry.scrape()));
    serve("/healthz", () -> Answer.plain(OK, "ok"));
    serve(
        "/readyz",
        () ->
            notReady
                .get()
                .map(why -> Answer.plain(NOT_READY, why))
                .orElseGet(() -> Answer.plain(OK, "ok")));
    server.setExecutor(requests);
    server.start();
  }

  private static MeterFilter fewBuckets() {
    return new MeterFilter() {
      @Override
      public DistributionStatisticConfig configure(
          Meter.Id id, DistributionStatisticConfig config) {
        return id.getName().startsWith("temporal")
            ? DistributionStatisticConfig.builder()
                .percentilesHistogram(false)
                .serviceLevelObjectives(BUCKETS)
                .build()
                .merge(config)
            : config;
      }
    };
  }

  public MeterRegistry registry() {
    return registry;
  }

  /**
   * @param why no task would reach the worker now; asked for each {@code /readyz}
   */
  void readiness(Supplier<Optional<String>> why) {
    notReady = why;
  }

  /** Such as {@code http://127.0.0.1:40125/metrics}. */
  public String address() {
    InetAddress host = server.getAddress().getAddress();
    String shown =
        (host.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : host).getHostAddress();
    return String.format(
        "http://%s:%d/metrics",
        shown.contains(":") ? "[" + shown + "]" : shown, server.getAddress().getPort());
  }

  private void serve(String path, Supplier<Answer> answer) {
    server.createContext(
        path,
        exchange -> {
          String method = exchange.getRequestMethod();
          if (!exchange.getRequestURI().getPath().equals(path)) {
            send(exchange, Answer.plain(NOT_FOUND, "/metrics, /healthz and /readyz are here"));
          } else if (!List.of("GET", "HEAD").contains(method)) {
            send(exchange, Answer.plain(WRONG_METHOD, "GET only"));
          } else {
            send(exchange, answer.get());
          }
        });
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    try (exchange) {
      byte[] body = answer.text().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(answer.status(), -1);
        return;
      }
      exchange.sendResponseHeaders(answer.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    requests.shutdownNow();
    gc.close();
    registry.close();
  }
}
