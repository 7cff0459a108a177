package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.StageState.State;

/** Embeddings from a real ChromaDB server, which holds those of the bundled sample. */
@Timeout(180)
class ChromaIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SPEED = "speed_embeddings";
  private static final String GENDER = "gender_embeddings";

  @TempDir static Path folder;

  private static TestWorkspace test;
  private static ChromaServer chroma;
  private static RunResult fromTheDict;
  private static List<ChromaServer.Entry> entries;

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.running();
    chroma = new ChromaServer(folder.resolve("chroma"));
    fromTheDict = train("\"path\": \"data/sample/embeddings_npy\"").result();
    entries =
        ChromaServer.entries(
            test.root().resolve(embeddings(fromTheDict).artifact().orElseThrow().uri()));
    chroma.put(SPEED, entries);
  }

  @AfterAll
  static void stop() throws Exception {
    if (chroma != null) {
      chroma.close();
    }
    test.close();
  }

  private static RunHandle train(String embeddings) throws IOException {
    return test.client()
        .train(
            JSON.readTree(
                "{\"corpus\": {\"root\": \"data/sample/corpus\"}, \"embeddings\": {"
                    + embeddings
                    + "}}"),
            "ChromaDB");
  }

  private static RunHandle train(String url, String more) throws IOException {
    return train("\"source\": \"chroma\", \"url\": \"" + url + "\"" + more);
  }

  private static StageState embeddings(RunResult result) {
    return result.stage(Stage.EMBEDDINGS);
  }

  @Test
  void trainsAsFromTheFileAndReadsAnUnchangedCollectionOnce() throws Exception {
    RunResult first = train(chroma.url(), "").result();

    assertThat(first.evaluation()).isEqualTo(fromTheDict.evaluation());
    assertThat(embeddings(first).text())
        .isEqualTo("264 embeddings of 256 values (chroma: speed_embeddings)");

    RunResult second = train("\"url\": \"" + chroma.url() + "/\"").result();
    assertThat(embeddings(second).state()).isEqualTo(State.REUSED);
    assertThat(embeddings(second).artifact()).isEqualTo(embeddings(first).artifact());

    ChromaServer.Entry entry = entries.get(7);
    chroma.put(SPEED, List.of(entry.withFirst(0.25f)));
    RunResult third = train(chroma.url(), "").result();
    assertThat(embeddings(third).state()).isEqualTo(State.DONE);
    assertThat(embeddings(third).artifact()).isNotEqualTo(embeddings(first).artifact());

    chroma.put(SPEED, List.of(entry));
    assertThat(embeddings(train(chroma.url(), "").result()).state()).isEqualTo(State.REUSED);
    try (Stream<Path> left = Files.walk(test.root().resolve("data/stages"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".attempt") || name.equals("vectors"));
    }
  }

  @Test
  void convertsIntoACollectionAndBackWithEveryBit() throws Exception {
    String sample = Tools.repository().resolve("data/sample/embeddings_npy").toString();
    String direct = folder.resolve("direct").toString();
    String back = folder.resolve("back").toString();
    String[] there = {
      "convert", sample, chroma.url(), "--to", "chroma", "--collection", "converted"
    };

    assertThat(embeddings("convert", sample, direct, "--to", "matrix")).contains("264 embeddings");
    assertThat(embeddings(there))
        .isEqualTo(
            "converted 264 embeddings of 256 values (numpy-dict) to "
                + chroma.url()
                + ", collection converted\n");
    String inspected = embeddings("inspect", chroma.url(), "--collection", "converted");
    embeddings("convert", chroma.url(), back, "--to", "matrix", "--collection", "converted");

    assertThat(sorted(back)).isEqualTo(sorted(direct)).hasSize(264);
    assertThat(inspected).startsWith("kind        chroma: converted\n");
    assertThat(about(inspected)).isEqualTo(about(embeddings("inspect", sample)));

    assertThat(SpeechrateCommand.run(new TerminalCapture(false).terminal(), words(there)))
        .isEqualTo(Exit.WRONG_INPUT);
    List<String> again = new ArrayList<>(List.of(there));
    again.add("--force");
    embeddings(again.toArray(String[]::new));
    String names =
        new String(
            chroma
                .send(
                    "GET",
                    "/api/v2/tenants/default_tenant/databases/default_database/collections",
                    "")
                .body(),
            StandardCharsets.UTF_8);
    assertThat(names)
        .contains("\"converted\"")
        .doesNotContain("converted_converting")
        .doesNotContain("converted_replaced");
    chroma.delete("converted");
  }

  private static String[] words(String... words) {
    List<String> all = new ArrayList<>(List.of("embeddings"));
    all.addAll(List.of(words));
    return all.toArray(String[]::new);
  }

  private static String embeddings(String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), words(words)))
        .as(terminal.err())
        .isEqualTo(Exit.DONE);
    return terminal.out();
  }

  /** What inspect says of the rows, whatever their order. */
  private static List<String> about(String inspected) {
    return inspected
        .lines()
        .filter(line -> line.matches("(embeddings|splits|labels|norms|zero|constant) .*"))
        .toList();
  }

  /** The rows of a matrix with the bits of their values, in the order of their ids. */
  private static List<String> sorted(String matrix) throws IOException {
    List<String> rows = new ArrayList<>();
    for (ChromaServer.Entry entry : ChromaServer.entries(Path.of(matrix))) {
      rows.add(
          String.join("|", entry.filePath(), entry.split(), entry.label())
              + entry.vector().stream().map(Float::floatToRawIntBits).toList());
    }
    Collections.sort(rows);
    return rows;
  }

  @Test
  void theOlderCollectionIsTakenWhereTheNewerIsNot() throws Exception {
    try (ChromaServer older = new ChromaServer(folder.resolve("older"))) {
      older.put(GENDER, entries);
      RunResult result = train(older.url(), "").result();
      assertThat(result.evaluation()).isEqualTo(fromTheDict.evaluation());
      assertThat(embeddings(result).text()).endsWith("(chroma: gender_embeddings)");

      older.put(SPEED, entries);
      assertThat(embeddings(train(older.url(), "").result()).text())
          .endsWith("(chroma: speed_embeddings, not gender_embeddings, which is there too)");

      older.delete(SPEED);
      assertRefused(
          train(older.url(), ", \"collection\": \"speed_embeddings\""),
          "UNREADABLE_FILE",
          "embeddings.url \""
              + older.url()
              + "\": it has no collection speed_embeddings; embeddings.collection may be one of:"
              + " gender_embeddings");
    }
  }

  @Test
  void aServerThatIsNotThereIsWaitedFor() throws Exception {
    String url = "http://127.0.0.1:" + ChromaServer.freePort();
    RunHandle run = train(url, "");

    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                run.pending().stream()
                    .flatMap(stage -> stage.lastFailure().stream())
                    .anyMatch(
                        line ->
                            line.endsWith(
                                "embeddings.url \""
                                    + url
                                    + "\": connection refused; is ChromaDB running?")));

    run.cancel();
    assertThatThrownBy(() -> run.result(Duration.ofSeconds(30)))
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("CANCELLED"));
  }

  @Test
  void aHostThatTheWorkersOwnerDidNotAllowIsRefused() throws Exception {
    assertRefused(
        train("http://0.0.0.0:" + chroma.port(), ""),
        "HOST_NOT_ALLOWED",
        String.format(
            "embeddings.url: 0.0.0.0:%d is not this machine; the worker's owner can allow it with"
                + " --allow-host 0.0.0.0:%d",
            chroma.port(), chroma.port()));
  }

  @Test
  void aTokenThatIsNotThereOrNotTakenIsRefused() throws Exception {
    try (Guard guard = new Guard("s3cret")) {
      assertRefused(
          train(guard.url(), ""),
          "NO_ACCESS",
          "embeddings.url \""
              + guard.url()
              + "\": it answers 401 and wants a token; name the worker's environment variable that"
              + " holds it in embeddings.tokenFrom");
      assertRefused(
          train(guard.url(), ", \"tokenFrom\": \"NO_SUCH_TOKEN\""),
          "NO_ACCESS",
          "embeddings.tokenFrom: the worker's environment has no variable NO_SUCH_TOKEN; start the"
              + " worker with it");
      assertRefused(
          train(guard.url(), ", \"tokenFrom\": \"OPT_OUT_TRACKING\""),
          "NO_ACCESS",
          "embeddings.url \""
              + guard.url()
              + "\": it answers 401 to the token in the worker's environment variable"
              + " OPT_OUT_TRACKING (embeddings.tokenFrom); put one there that may read");
    }
  }

  /** By the command, with a worker of its own: its environment, and a host that it allows. */
  @Test
  void theTokenReachesTheServerAndNoFile() throws Exception {
    String token = "s3cret-that-stands-nowhere";
    Path root = folder.resolve("workspace");
    Sample.copy(Tools.repository().resolve("data/sample"), root.resolve("data/sample"));
    Path said = folder.resolve("said.txt");
    try (Guard guard = new Guard(token)) {
      ProcessBuilder train =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Dspeechrate.home=" + Tools.repository(),
                  SpeechrateCommand.class.getName(),
                  "--workspace",
                  root.toString(),
                  "--verbose",
                  "train",
                  "--allow-host",
                  "0.0.0.0:" + guard.port(),
                  "--set",
                  "corpus.root=data/sample/corpus",
                  "--set",
                  "embeddings.url=http://0.0.0.0:" + guard.port(),
                  "--set",
                  "embeddings.tokenFrom=CHROMA_TOKEN",
                  "--wait")
              .redirectErrorStream(true)
              .redirectOutput(said.toFile());
      train.environment().put("CLASSPATH", System.getProperty("java.class.path"));
      train.environment().put("CHROMA_TOKEN", token);
      train.environment().keySet().removeIf(name -> name.startsWith("TEMPORAL_"));
      Process process = train.start();
      try {
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertThat(process.exitValue()).as(Files.readString(said)).isZero();
      assertThat(guard.passed).isNotEmpty();
    }
    assertThat(Files.readString(said)).contains("chroma: speed_embeddings");
    List<Path> files = new ArrayList<>(List.of(said));
    try (Stream<Path> all = Files.walk(root)) {
      all.filter(Files::isRegularFile).forEach(files::add);
    }
    assertThat(files)
        .hasSizeGreaterThan(20)
        .allSatisfy(
            file ->
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                    .doesNotContain(token));
  }

  private static void assertRefused(RunHandle run, String kind, String message) {
    assertThatThrownBy(run::result)
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
        .hasMessage(message);
  }

  /** What stands before a ChromaDB that wants a token, as the server itself can't. */
  private static final class Guard implements AutoCloseable {
    final List<String> passed = Collections.synchronizedList(new ArrayList<>());

    private final HttpServer server;
    private final String token;

    Guard(String token) throws IOException {
      this.token = token;
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", this::handle);
      server.start();
    }

    int port() {
      return server.getAddress().getPort();
    }

    String url() {
      return "http://127.0.0.1:" + port();
    }

    private void handle(HttpExchange exchange) throws IOException {
      try (exchange) {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (!("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
          exchange.sendResponseHeaders(401, -1);
          return;
        }
        String path = exchange.getRequestURI().toString();
        HttpResponse<byte[]> answer = chroma.send(exchange.getRequestMethod(), path, body);
        passed.add(path);
        exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
        try (OutputStream out = exchange.getResponseBody()) {
          out.write(answer.body());
        }
      } catch (Exception e) {
        throw new IOException("ChromaDB does not answer", e);
      }
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
