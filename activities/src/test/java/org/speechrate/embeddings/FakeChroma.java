package org.speechrate.embeddings;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers as ChromaDB's API v2 does, and where a test wants it otherwise: for what the real server
 * (see {@code ChromaIT}) cannot be brought to.
 */
final class FakeChroma implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String COLLECTIONS =
      "/api/v2/tenants/default_tenant/databases/default_database/collections";

  final Map<String, List<Entry>> collections = new LinkedHashMap<>();
  final Map<String, Answer> answers = new TreeMap<>();
  final Map<String, String> headers = new ConcurrentHashMap<>();
  final AtomicInteger pages = new AtomicInteger();
  Runnable beforeEachPage = () -> {};
  int dimension = 2;
  int largestBatch = 2;

  /** A name that no collection can be given. */
  String taken = "";

  private final HttpServer server;

  /** One record; its metadata may be null. */
  record Entry(String id, List<? extends Number> vector, Map<String, Object> metadata) {}

  /** What to answer, on a path, instead. */
  record Answer(int status, String body) {}

  FakeChroma() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  void add(String collection, String id, Map<String, Object> metadata, Number... vector) {
    collections
        .computeIfAbsent(collection, name -> new ArrayList<>())
        .add(new Entry(id, vector == null ? null : Arrays.asList(vector), metadata));
  }

  static String pathOf(String collection) {
    return COLLECTIONS + "/" + collection;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
      byte[] asked = exchange.getRequestBody().readAllBytes();
      Answer answer = answer(exchange, asked);
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  private Answer answer(HttpExchange exchange, byte[] asked) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (answers.containsKey(path)) {
      return answers.get(path);
    }
    if (path.equals("/api/v2/heartbeat")) {
      return json(Map.of("nanosecond heartbeat", 1L));
    }
    if (path.equals("/api/v2/pre-flight-checks")) {
      return json(Map.of("max_batch_size", largestBatch));
    }
    if (path.equals(COLLECTIONS) && exchange.getRequestMethod().equals("POST")) {
      String made = JSON.readTree(asked).get("name").asText();
      return collections.putIfAbsent(made, new ArrayList<>()) == null
          ? described(made)
          : new Answer(409, "{\"message\": \"Collection [" + made + "] already exists\"}");
    }
    if (path.equals(COLLECTIONS)) {
      return json(collections.keySet().stream().map(name -> Map.of("name", name)).toList());
    }
    String[] parts = path.startsWith(COLLECTIONS + "/") ? path.split("/", -1) : new String[0];
    String name = parts.length > 8 ? parts[8] : "";
    if (!collections.containsKey(idToName(name))) {
      return new Answer(404, "{\"error\":\"NotFoundError\",\"message\":\"no " + path + "\"}");
    }
    List<Entry> entries = collections.get(idToName(name));
    if (exchange.getRequestMethod().equals("DELETE")) {
      collections.remove(idToName(name));
      return json(Map.of());
    }
    if (exchange.getRequestMethod().equals("PUT")) {
      String renamed = JSON.readTree(asked).get("new_name").asText();
      if (collections.containsKey(renamed) || renamed.equals(taken)) {
        return new Answer(500, "{\"message\": \"UNIQUE constraint failed\"}");
      }
      collections.put(renamed, collections.remove(idToName(name)));
      return json(Map.of());
    }
    if (path.endsWith("/add")) {
      return add(idToName(name), JSON.readTree(asked));
    }
    if (path.endsWith("/count")) {
      return json(entries.size());
    }
    if (path.endsWith("/get")) {
      return page(entries, JSON.readTree(asked));
    }
    return described(name);
  }

  private Answer described(String name) throws IOException {
    return json(Map.of("id", "id-of-" + name.replace('_', '-'), "dimension", dimension));
  }

  private Answer add(String collection, JsonNode asked) throws IOException {
    if (asked.get("ids").size() > largestBatch) {
      return new Answer(413, "");
    }
    for (int i = 0; i < asked.get("ids").size(); i++) {
      List<Number> vector = new ArrayList<>();
      asked.get("embeddings").get(i).forEach(value -> vector.add(value.floatValue()));
      add(
          collection,
          asked.get("ids").get(i).asText(),
          JSON.convertValue(asked.get("metadatas").get(i), new TypeReference<>() {}),
          vector.toArray(Number[]::new));
    }
    return new Answer(201, "{}");
  }

  private static String idToName(String idOrName) {
    return idOrName.replace("id-of-", "").replace('-', '_');
  }

  private Answer page(List<Entry> entries, JsonNode asked) throws IOException {
    pages.incrementAndGet();
    beforeEachPage.run();
    List<Entry> rows =
        entries.stream()
            .skip(asked.get("offset").asInt())
            .limit(asked.get("limit").asInt())
            .toList();
    Map<String, Object> page = new LinkedHashMap<>();
    // Columns that were not asked for come as null.
    page.put("documents", null);
    page.put("metadatas", rows.stream().map(Entry::metadata).toList());
    page.put("embeddings", rows.stream().map(Entry::vector).toList());
    page.put("ids", rows.stream().map(Entry::id).toList());
    page.put("include", List.of("embeddings", "metadatas"));
    return json(page);
  }

  private static Answer json(Object value) throws IOException {
    return new Answer(200, JSON.writeValueAsString(value));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
