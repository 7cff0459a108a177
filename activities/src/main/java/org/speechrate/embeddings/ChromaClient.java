package org.speechrate.embeddings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.store.AllowedHosts;
import org.speechrate.table.Problems;

/**
 * ChromaDB's REST API, version 2, as far as reading and making a collection needs it. What may pass
 * (no connection, no answer in time, a server's own error) is an {@link IOException} of one line;
 * what stays is a {@link Refusal}. Redirects are not followed and proxies not used, so that a token
 * goes to the URL's host and nowhere else.
 */
final class ChromaClient {
  /** The Python system's, the newer name first. */
  static final List<String> COLLECTIONS = List.of("speed_embeddings", "gender_embeddings");

  private static final String COLLECTIONS_PATH =
      "/api/v2/tenants/default_tenant/databases/default_database/collections";

  private static final String URL = "embeddings.url";

  /** Records of a page; fewer where they are long. */
  static final int PAGE_ROWS = 1000;

  /** At most 15 bytes each in JSON. */
  private static final int PAGE_VALUES = 1_000_000;

  /** A page's values, and 16 KB of metadata for each record. */
  static final int LARGEST_PAGE = 32 << 20;

  private static final int LARGEST_ANSWER = 4 << 20;
  private static final int COLLECTIONS_LISTED = 100;

  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** A page of a warm server takes 0.1 s; a cold one loads its index first. */
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .proxy(HttpClient.Builder.NO_PROXY)
          .connectTimeout(CONNECT)
          .build();

  private final String server;
  private final String shown;
  private final Optional<Token> token;
  private final Duration patience;

  /**
   * A credential.
   *
   * @param from the environment variable that holds it
   */
  record Token(String from, String value) {
    private static final Pattern SENDABLE = Pattern.compile("[!-~]+");

    /**
     * @param environment of the worker
     * @throws Refusal if there is no such variable, or it holds no token
     */
    static Token of(String from, UnaryOperator<String> environment) {
      String value = environment.apply(from);
      if (value == null || !SENDABLE.matcher(value).matches()) {
        throw new Refusal(
            Refusal.Kind.NO_ACCESS,
            String.format(
                value == null
                    ? "embeddings.tokenFrom: the worker's environment has no variable %s; start the"
                        + " worker with it"
                    : "embeddings.tokenFrom: the worker's environment variable %s must hold a token"
                        + " of visible ASCII characters, without blanks",
                from));
      }
      return new Token(from, value);
    }

    @Override
    public String toString() {
      return "the token in " + from;
    }
  }

  /**
   * @param dimension 0 where nothing was ever added
   * @param others collections that would have been taken had this one not been there
   */
  record Collection(String id, String name, int dimension, List<String> others) {}

  /**
   * @param url of the server, a path before {@code /api/v2} included
   */
  ChromaClient(URI url, Optional<Token> token) {
    this(url, token, ANSWER);
  }

  /**
   * The server of a run's {@code embeddings}.
   *
   * @throws Refusal if its host is not allowed, or its token not there
   */
  static ChromaClient of(EmbeddingsSpec spec, AllowedHosts hosts) {
    return of(URL, spec, hosts);
  }

  /** The same, where the user knows the URL by another name. */
  static ChromaClient of(String field, EmbeddingsSpec spec, AllowedHosts hosts) {
    URI url = hosts.require(field, spec.url().orElseThrow());
    return new ChromaClient(
        field, url, spec.tokenFrom().map(from -> Token.of(from, System::getenv)), ANSWER);
  }

  /**
   * @param patience with one answer
   */
  ChromaClient(URI url, Optional<Token> token, Duration patience) {
    this(URL, url, token, patience);
  }

  private ChromaClient(String field, URI url, Optional<Token> token, Duration patience) {
    this.server = url.toString().replaceAll("/+$", "");
    this.shown = field + " \"" + server + "\"";
    this.token = token;
    this.patience = patience;
  }

  /** How the user knows the server. */
  String shown() {
    return shown;
  }

  /**
   * @param name empty for the first of {@link #COLLECTIONS} that exists
   * @throws Refusal if there is none, or the server speaks no API v2
   */
  Collection find(Optional<String> name) throws IOException {
    requireApi();
    List<Collection> found = new ArrayList<>();
    for (String each : name.map(List::of).orElse(COLLECTIONS)) {
      collection(each).ifPresent(found::add);
    }
    if (found.isEmpty()) {
      List<String> existing = collections();
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format(
              "it has no collection %s; %s",
              name.orElse(String.join(" or ", COLLECTIONS)),
              existing.isEmpty()
                  ? "it has none at all"
                  : "embeddings.collection may be one of: " + Problems.firstTen(existing)));
    }
    Collection first = found.get(0);
    return new Collection(
        first.id(),
        first.name(),
        first.dimension(),
        found.stream().skip(1).map(Collection::name).toList());
  }

  /**
   * The collection of this name, if there is one.
   *
   * @throws Refusal if the server speaks no API v2
   */
  Optional<Collection> existing(String name) throws IOException {
    requireApi();
    return collection(name);
  }

  /**
   * Makes a collection, which must not be there.
   *
   * @param dimension of what will be added
   */
  Collection create(String name, int dimension) throws IOException {
    JsonNode made = ok(send("POST", COLLECTIONS_PATH, json(Map.of("name", name)), LARGEST_ANSWER));
    return new Collection(id(name, made), name, dimension, List.of());
  }

  /** How many records the server takes at once, and no more values than a page has. */
  int batchRows(int dimension) throws IOException {
    JsonNode most = ok(get("/api/v2/pre-flight-checks")).path("max_batch_size");
    if (!most.canConvertToInt() || most.intValue() < 1) {
      throw unexpected("its max_batch_size is no number");
    }
    return Math.min(most.intValue(), pageRows(dimension));
  }

  /** Adds a batch of records. */
  void add(Collection collection, ChromaBatch batch) throws IOException {
    requireOk(send("POST", of(collection) + "/add", Optional.of(batch.json()), LARGEST_ANSWER));
  }

  /** Gives it another name, which must be free. */
  void rename(Collection collection, String name) throws IOException {
    requireOk(send("PUT", of(collection), json(Map.of("new_name", name)), LARGEST_ANSWER));
  }

  /** Deletes the collection of this name, with its records. */
  void delete(String name) throws IOException {
    requireOk(send("DELETE", COLLECTIONS_PATH + "/" + name, Optional.empty(), LARGEST_ANSWER));
  }

  /** How many records it holds now. */
  long count(Collection collection) throws IOException {
    JsonNode count = ok(get(of(collection) + "/count"));
    if (!count.isIntegralNumber() || !count.canConvertToLong() || count.longValue() < 0) {
      throw unexpected("a collection's count is no number");
    }
    return count.longValue();
  }

  /** The records from this one on, in the server's own order, which is that of their coming. */
  ChromaPage page(Collection collection, long offset) throws IOException {
    int limit = pageRows(collection.dimension());
    HttpResponse<byte[]> answer =
        send(
            "POST",
            of(collection) + "/get",
            json(
                Map.of(
                    "limit",
                    limit,
                    "offset",
                    offset,
                    "include",
                    List.of("embeddings", "metadatas"))),
            LARGEST_PAGE);
    requireOk(answer);
    try (JsonParser json = JSON.createParser(answer.body())) {
      return ChromaPage.read(json, limit, collection.dimension());
    } catch (ChromaPage.Malformed e) {
      throw unexpected("of the records from " + offset + " on, " + e.getMessage());
    } catch (JsonProcessingException e) {
      throw unexpected("the records from " + offset + " on are no valid JSON");
    }
  }

  private static int pageRows(int dimension) {
    return Math.max(1, Math.min(PAGE_ROWS, PAGE_VALUES / dimension));
  }

  private static Optional<byte[]> json(Object value) throws IOException {
    return Optional.of(JSON.writeValueAsBytes(value));
  }

  private void requireApi() throws IOException {
    HttpResponse<byte[]> answer = get("/api/v2/heartbeat");
    if (answer.statusCode() == 404 || answer.statusCode() == 405 || answer.statusCode() == 410) {
      boolean old = isHeartbeat(get("/api/v1/heartbeat"));
      throw refusal(
          Refusal.Kind.BAD_FORMAT,
          old
              ? "this ChromaDB speaks API v1 alone; run ChromaDB 0.6 or newer on its data"
              : "this is no ChromaDB: GET /api/v2/heartbeat gives " + answer.statusCode());
    }
    requireOk(answer);
    if (!isHeartbeat(answer)) {
      throw unexpected("GET /api/v2/heartbeat gives no heartbeat");
    }
  }

  private static boolean isHeartbeat(HttpResponse<byte[]> answer) {
    try {
      return answer.statusCode() == 200
          && JSON.readTree(answer.body()).path("nanosecond heartbeat").isNumber();
    } catch (IOException e) {
      return false;
    }
  }

  private Optional<Collection> collection(String name) throws IOException {
    HttpResponse<byte[]> answer = get(COLLECTIONS_PATH + "/" + name);
    if (answer.statusCode() == 404) {
      return Optional.empty();
    }
    JsonNode found = ok(answer);
    JsonNode dimension = found.path("dimension");
    String id = id(name, found);
    if (!(dimension.isNull() || dimension.isInt())
        || dimension.intValue() < 0
        || dimension.intValue() > PAGE_VALUES) {
      throw unexpected(
          "collection "
              + name
              + " must have a dimension of at most "
              + PAGE_VALUES
              + ", has "
              + Problems.value(dimension.toString()));
    }
    return Optional.of(new Collection(id, name, dimension.intValue(), List.of()));
  }

  private String id(String name, JsonNode found) {
    String id = found.path("id").asText();
    if (!id.matches("[0-9A-Za-z-]{1,64}")) {
      throw unexpected("collection " + name + " must have an id, has " + Problems.value(id));
    }
    return id;
  }

  private List<String> collections() throws IOException {
    List<String> names = new ArrayList<>();
    ok(get(COLLECTIONS_PATH + "?limit=" + COLLECTIONS_LISTED))
        .forEach(each -> names.add(each.path("name").asText()));
    return names.stream().sorted().toList();
  }

  private static String of(Collection collection) {
    return COLLECTIONS_PATH + "/" + collection.id();
  }

  private JsonNode ok(HttpResponse<byte[]> answer) throws IOException {
    requireOk(answer);
    try {
      return JSON.readTree(answer.body());
    } catch (JsonProcessingException e) {
      throw unexpected("its answer is no valid JSON");
    }
  }

  private void requireOk(HttpResponse<byte[]> answer) throws IOException {
    int status = answer.statusCode();
    if (status == 200 || status == 201) {
      return;
    }
    if (status == 401 || status == 403) {
      throw refusal(
          Refusal.Kind.NO_ACCESS,
          token
              .map(
                  given ->
                      String.format(
                          "it answers %d to the token in the worker's environment variable %s"
                              + " (embeddings.tokenFrom); put one there that may read",
                          status, given.from()))
              .orElse(
                  String.format(
                      "it answers %d and wants a token; name the worker's environment variable that"
                          + " holds it in embeddings.tokenFrom",
                      status)));
    }
    if (status >= 300 && status < 400) {
      throw refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format(
              "it answers %d, a redirect, which is not followed; give the URL of ChromaDB itself",
              status));
    }
    String says = says(answer);
    if (status >= 500 || status == 429 || status == 408) {
      throw new IOException(line(String.format("it answers %d%s", status, says)));
    }
    throw refusal(Refusal.Kind.BAD_FORMAT, String.format("it answers %d%s", status, says));
  }

  /** ChromaDB's reason; of other servers nothing, and nothing that repeats the token. */
  private String says(HttpResponse<byte[]> answer) {
    try {
      String message = JSON.readTree(answer.body()).path("message").asText();
      boolean repeats = token.isPresent() && message.contains(token.get().value());
      return message.isEmpty() || repeats ? "" : ": " + Problems.value(message);
    } catch (IOException e) {
      return "";
    }
  }

  private HttpResponse<byte[]> get(String path) throws IOException {
    return send("GET", path, Optional.empty(), LARGEST_ANSWER);
  }

  private HttpResponse<byte[]> send(String method, String path, Optional<byte[]> json, int most)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + path))
            .method(
                method,
                json.map(HttpRequest.BodyPublishers::ofByteArray)
                    .orElse(HttpRequest.BodyPublishers.noBody()))
            .header("Accept", "application/json");
    if (json.isPresent()) {
      request.header("Content-Type", "application/json");
    }
    token.ifPresent(
        given ->
            // ChromaDB takes either, a proxy before it mostly the first.
            request
                .header("Authorization", "Bearer " + given.value())
                .header("X-Chroma-Token", given.value()));
    CompletableFuture<HttpResponse<byte[]>> sent =
        HTTP.sendAsync(request.build(), headers -> new Bounded(most));
    try {
      // A request's own timeout ends with the answer's headers.
      return sent.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      sent.cancel(true);
      throw new IOException(line("no answer within " + patience.toSeconds() + " s"), e);
    } catch (InterruptedException e) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(line("interrupted"));
    } catch (ExecutionException e) {
      throw failed(e.getCause(), most);
    }
  }

  private IOException failed(Throwable failure, int most) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TooLong) {
        throw unexpected(
            String.format("an answer has more than %d MiB; is the metadata so large?", most >> 20));
      }
      if (cause instanceof UnresolvedAddressException) {
        return new IOException(line("unknown host"), failure);
      }
    }
    if (failure instanceof HttpConnectTimeoutException) {
      return new IOException(line("no connection within " + CONNECT.toSeconds() + " s"), failure);
    }
    if (failure instanceof ConnectException) {
      return new IOException(line("connection refused; is ChromaDB running?"), failure);
    }
    return new IOException(line("the connection broke: " + failure), failure);
  }

  private Refusal unexpected(String problem) {
    return refusal(Refusal.Kind.BAD_FORMAT, "it answers not as ChromaDB's API v2 does: " + problem);
  }

  private Refusal refusal(Refusal.Kind kind, String problem) {
    return new Refusal(kind, line(problem));
  }

  private String line(String problem) {
    return Problems.oneLine(shown + ": " + problem);
  }

  /** An answer is larger than any that was asked for. */
  private static final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Takes an answer's body up to a size. */
  private static final class Bounded implements BodySubscriber<byte[]> {
    private final BodySubscriber<byte[]> body = BodySubscribers.ofByteArray();
    private long left;
    private Flow.Subscription subscription;

    Bounded(int most) {
      left = most;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return body.getBody();
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      body.onSubscribe(given);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      left -= buffers.stream().mapToLong(ByteBuffer::remaining).sum();
      if (left < 0) {
        subscription.cancel();
        body.onError(new TooLong());
      } else {
        body.onNext(buffers);
      }
    }

    @Override
    public void onError(Throwable failure) {
      body.onError(failure);
    }

    @Override
    public void onComplete() {
      body.onComplete();
    }
  }
}
