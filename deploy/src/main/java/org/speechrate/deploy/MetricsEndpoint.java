package org.speechrate.deploy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * A worker's metrics for Prometheus: {@code /metrics} (the SDK's, our stages', the JVM's) and
 * {@code /healthz}, on loopback.
 */
final class MetricsEndpoint implements AutoCloseable {
  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String PLAIN_TEXT = "text/plain; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final HttpServer server;

  /**
   * @param port 0 for a free one
   */
  MetricsEndpoint(int port) throws IOException {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    gc.bindTo(registry);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/metrics", exchange -> answer(exchange, PROMETHEUS_TEXT, registry::scrape));
    server.createContext("/healthz", exchange -> answer(exchange, PLAIN_TEXT, () -> "ok\n"));
    server.start();
  }

  MeterRegistry registry() {
    return registry;
  }

  /** Such as {@code http://127.0.0.1:40125/metrics}. */
  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/metrics";
  }

  private static void answer(HttpExchange exchange, String type, Supplier<String> text)
      throws IOException {
    try (exchange) {
      byte[] body = text.get().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    gc.close();
    registry.close();
  }
}
