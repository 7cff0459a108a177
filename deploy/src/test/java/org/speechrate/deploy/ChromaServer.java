package org.speechrate.deploy;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.speechrate.embeddings.EmbeddingMatrix;

/** A real ChromaDB server on a free port, with its files in a folder that is given to it. */
final class ChromaServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String COLLECTIONS =
      "/api/v2/tenants/default_tenant/databases/default_database/collections";

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final int port;

  /** One record, as the Python system stores it. */
  record Entry(String id, List<Float> vector, String filePath, String label, String split) {
    Entry withFirst(float value) {
      List<Float> other = new ArrayList<>(vector);
      other.set(0, value);
      return new Entry(id, other, filePath, label, split);
    }
  }

  /** A server that is missing fails the test, and is never skipped. */
  ChromaServer(Path folder) throws Exception {
    port = freePort();
    List<String> command = new ArrayList<>(new Tools(Tools.repository(), line -> {}).chroma());
    command.addAll(List.of("run", "--path", Files.createDirectories(folder).toString()));
    command.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port)));
    Path log = Tools.repository().resolve("deploy/target/chroma.log");
    process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreException(ConnectException.class)
        .until(() -> send("GET", "/api/v2/heartbeat", "").statusCode() == 200);
  }

  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Makes the collection where it is not there; records that are there are replaced. */
  void put(String collection, List<Entry> entries) throws Exception {
    byte[] made = ok("POST", COLLECTIONS, Map.of("name", collection, "get_or_create", true)).body();
    ok(
        "POST",
        COLLECTIONS + "/" + JSON.readTree(made).get("id").asText() + "/upsert",
        Map.of(
            "ids", entries.stream().map(Entry::id).toList(),
            "embeddings", entries.stream().map(Entry::vector).toList(),
            "metadatas",
                entries.stream()
                    .map(
                        entry ->
                            Map.of(
                                "file_path", entry.filePath(),
                                "label", entry.label(),
                                "split", entry.split()))
                    .toList()));
  }

  void delete(String collection) throws Exception {
    ok("DELETE", COLLECTIONS + "/" + collection, Map.of());
  }

  /** What the embeddings stage wrote, with the file paths of a Windows machine. */
  static List<Entry> entries(Path stage) throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<String> rows = Files.readAllLines(stage.resolve("ids.csv"));
    EmbeddingMatrix matrix = EmbeddingMatrix.open(stage.resolve("x.npy"));
    float[] values = new float[matrix.dimension()];
    for (int i = 1; i < rows.size(); i++) {
      String[] row = rows.get(i).split(",", -1);
      matrix.read(i - 1, values, 0);
      List<Float> vector = new ArrayList<>();
      for (float value : values) {
        vector.add(value);
      }
      entries.add(
          new Entry(
              row[1] + "_" + (i - 1), vector, "C:\\raw\\" + row[0] + ".flac", row[2], row[1]));
    }
    return entries;
  }

  private HttpResponse<byte[]> ok(String method, String path, Object body) throws Exception {
    HttpResponse<byte[]> response = send(method, path, JSON.writeValueAsString(body));
    if (response.statusCode() / 100 != 2) {
      throw new IOException(path + ": " + new String(response.body(), StandardCharsets.UTF_8));
    }
    return response;
  }

  HttpResponse<byte[]> send(String method, String path, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(url() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
