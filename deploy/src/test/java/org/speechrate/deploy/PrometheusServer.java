package org.speechrate.deploy;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real Prometheus on a free port, by the repository's configuration but each second. */
final class PrometheusServer implements AutoCloseable {
  static final Path CONFIGURATION = Tools.repository().resolve("deploy/prometheus");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final String url;

  /**
   * A server that is missing fails the test, and is never skipped.
   *
   * @param folder for its configuration and its database
   * @param target that it scrapes, such as "127.0.0.1:9464"
   */
  PrometheusServer(Path folder, String target) throws Exception {
    Files.createDirectories(folder.resolve("targets"));
    Files.writeString(folder.resolve("targets/test.yml"), "- targets: [\"" + target + "\"]\n");
    Files.copy(CONFIGURATION.resolve("rules.yml"), folder.resolve("rules.yml"));
    String configuration = Files.readString(CONFIGURATION.resolve("prometheus.yml"));
    Files.writeString(folder.resolve("prometheus.yml"), configuration.replace(": 15s", ": 1s"));
    int port = ChromaServer.freePort();
    url = "http://127.0.0.1:" + port;
    process =
        new ProcessBuilder(
                program().toString(),
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(Tools.repository().resolve("deploy/target/prometheus.log").toFile())
            .start();
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreException(ConnectException.class)
        .until(() -> get("/-/ready").statusCode() == 200);
  }

  private static Path program() throws CommandFailure {
    return new Tools(Tools.repository(), line -> {}).prometheus();
  }

  /** What promtool says, which must be content. */
  static String promtool(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(program().resolveSibling("promtool").toString());
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .directory(CONFIGURATION.toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + ": " + said);
    }
    return said;
  }

  /** The samples of an instant query. */
  JsonNode query(String expression) throws Exception {
    return api("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
        .path("result");
  }

  /**
   * @param path below {@code /api/v1/}
   */
  JsonNode api(String path) throws Exception {
    HttpResponse<String> response = get("/api/v1/" + path);
    if (response.statusCode() != 200) {
      throw new AssertionError(path + ": " + response.body());
    }
    return JSON.readTree(response.body()).path("data");
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
