package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.embeddings.ChromaClient.Token;
import org.speechrate.embeddings.FakeChroma.Answer;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.SilentMonitor;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;

@Timeout(60)
class ChromaEmbeddingsTest {
  private static final String SPEED = "speed_embeddings";
  private static final String SECRET = "s3cret";

  @TempDir Path folder;

  private FakeChroma chroma;

  @BeforeEach
  void start() throws IOException {
    chroma = new FakeChroma();
  }

  @AfterEach
  void stop() {
    chroma.close();
  }

  private static Map<String, Object> metadata(String path, String split, Object label) {
    return Map.of("file_path", path, "split", split, "label", label);
  }

  private ChromaClient client() {
    return new ChromaClient(chroma.url(), Optional.empty());
  }

  private ChromaEmbeddings read(StageMonitor monitor) throws IOException {
    return ChromaEmbeddings.read(client(), Optional.empty(), folder, monitor);
  }

  private ChromaEmbeddings read() throws IOException {
    return read(StageMonitor.silent());
  }

  private EmbeddingFacts copy() throws IOException {
    Path output = Files.createDirectories(folder.resolve("output"));
    return read().copyTo(output, StageMonitor.silent());
  }

  private String hash() throws IOException {
    return read().inputs(new SourceHashes(folder.resolve("hashes.json"))).get("embeddings");
  }

  /** One line that begins with the server, and that no retry cures. */
  private void assertRefused(ThrowingRead read, String rest) {
    assertRefused(read).hasMessage("embeddings.url \"" + chroma.url() + "\"" + rest);
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(ThrowingRead read) {
    return assertThatThrownBy(read::run).isInstanceOf(Refusal.class);
  }

  private static AbstractThrowableAssert<?, ?> assertRetryable(ThrowingRead read) {
    return assertThatThrownBy(read::run).isInstanceOf(IOException.class);
  }

  private interface ThrowingRead {
    void run() throws IOException;
  }

  @Test
  void readsWhatThePythonSystemStoresInTheOrderOfSampleIds() throws IOException {
    chroma.add(SPEED, "train_0", metadata("C:\\raw\\84\\1\\84-1-0001.flac", "train", 84), 0.1f, 2);
    chroma.add(SPEED, "dev_0", metadata("raw/84/1/84-1-0000.flac", "dev", "84"), 3, -4.5e-3);
    chroma.add(SPEED, "test_0", null, 5, 6);

    assertThat(copy()).isEqualTo(new EmbeddingFacts("chroma: speed_embeddings", 3, 2));
    assertThat(Npy.values(folder.resolve("output/x.npy")))
        .containsExactly(3, -4.5e-3f, 0.1f, 2, 5, 6);
    assertThat(folder.resolve("output/ids.csv"))
        .hasContent("sample_id,split,label\n84-1-0000,dev,84\n84-1-0001,train,84\ntest_0,,\n");
  }

  @Test
  void readsPageAfterPageAndTellsHowFarItIs() throws IOException {
    int records = 2 * ChromaClient.PAGE_ROWS + 500;
    for (int i = 0; i < records; i++) {
      String name = String.format(Locale.ROOT, "a-%05d.flac", records - i);
      chroma.add(SPEED, "train_" + i, metadata(name, "train", 1), i, 0);
    }
    List<String> told = new ArrayList<>();

    ChromaEmbeddings source =
        read(
            new SilentMonitor() {
              @Override
              public void progress(String text, long done, long total) {
                told.add(text);
              }
            });

    assertThat(chroma.pages).hasValue(3);
    assertThat(told)
        .contains("embeddings: 1,000 of 2,500 embeddings", "embeddings: 2,500 of 2,500 embeddings");
    Path output = Files.createDirectories(folder.resolve("output"));
    assertThat(source.copyTo(output, StageMonitor.silent()).embeddings()).isEqualTo(records);
    assertThat(Npy.values(output.resolve("x.npy"))).startsWith(2499, 0, 2498, 0);
  }

  @Test
  void longVectorsComeInSmallPages() throws IOException {
    chroma.dimension = 400_000;
    Number[] zeros = Collections.nCopies(chroma.dimension, 0).toArray(Number[]::new);
    for (int i = 0; i < 5; i++) {
      chroma.add(SPEED, "train_" + i, null, zeros);
    }

    read();

    assertThat(chroma.pages).hasValue(3);
  }

  @Test
  void theHashIsOfTheContentAlone() throws IOException {
    chroma.add(SPEED, "train_0", metadata("a.flac", "train", 1), 1, 2);
    chroma.add(SPEED, "train_1", metadata("b.flac", "train", 1), 3, 4);
    String hash = hash();

    Collections.reverse(chroma.collections.get(SPEED));
    assertThat(hash()).isEqualTo(hash);

    List<FakeChroma.Entry> entries = chroma.collections.get(SPEED);
    FakeChroma.Entry b = entries.get(0);
    for (FakeChroma.Entry other :
        List.of(
            new FakeChroma.Entry("train_1", List.of(3, 5), b.metadata()),
            new FakeChroma.Entry("train_1", b.vector(), metadata("c.flac", "train", 1)),
            new FakeChroma.Entry("train_1", b.vector(), metadata("b.flac", "dev", 1)),
            new FakeChroma.Entry("train_1", b.vector(), metadata("b.flac", "train", 2)))) {
      entries.set(0, other);
      assertThat(hash()).as("%s", other).isNotEqualTo(hash);
    }
    entries.set(0, b);
    assertThat(hash()).isEqualTo(hash);
  }

  @Test
  void theOlderCollectionIsTakenWhereTheNewerIsNot() throws IOException {
    chroma.add("gender_embeddings", "train_0", null, 1, 2);
    assertThat(copy().source()).isEqualTo("chroma: gender_embeddings");

    chroma.add(SPEED, "train_0", null, 1, 2);
    assertThat(copy().source())
        .isEqualTo("chroma: speed_embeddings, not gender_embeddings, which is there too");
  }

  @Test
  void aCollectionThatIsNotThereIsRefusedWithThoseThatAre() {
    assertRefused(
        this::read,
        ": it has no collection speed_embeddings or gender_embeddings; it has none at all");

    chroma.add("zebra", "a", null, 1, 2);
    chroma.add("age_embeddings", "a", null, 1, 2);
    assertRefused(
        this::read,
        ": it has no collection speed_embeddings or gender_embeddings; embeddings.collection may be"
            + " one of: age_embeddings, zebra");
    assertRefused(
        () -> ChromaEmbeddings.read(client(), Optional.of(SPEED), folder, StageMonitor.silent()),
        ": it has no collection speed_embeddings; embeddings.collection may be one of:"
            + " age_embeddings, zebra");
  }

  @Test
  void badRowsAreRefusedByTheirId() {
    chroma.add(SPEED, "train_0", metadata("a.flac", "train", 1), 1, 2);
    chroma.add(SPEED, "train_1", metadata("a.wav", "train", 1), 1, 3);
    chroma.add(SPEED, "train_2", metadata("b.flac", "valid", 1), 1, 4);
    chroma.add(SPEED, "train_3", metadata("c.flac", "train", 1), 1, null);
    chroma.add(SPEED, "train_4", metadata("d.flac", "train", 1), 1, 1e300);

    assertRefused(
        this::copy,
        ", collection speed_embeddings: 4 problems: a is there twice: id train_0 and id train_1; id"
            + " train_2 (b): split must be train, dev or test, got valid; id train_3 (c): value 1 of"
            + " its embedding is NaN; id train_4 (d): value 1 of its embedding is Infinity; keep"
            + " one of each; compute it again, or leave its utterance out");
  }

  @Test
  void anotherDimensionIsRefused() {
    chroma.add(SPEED, "train_0", null, 1, 2);
    chroma.add(SPEED, "train_1", metadata("b.flac", "dev", 1), 1, 2, 3, 4, 5);
    assertRefused(
        this::read,
        ", collection speed_embeddings: id train_1 (b) has more values, the collection's have 2;"
            + " compute all with one encoder");

    chroma.collections.get(SPEED).remove(1);
    chroma.add(SPEED, "train_1", null, (Number[]) null);
    assertRefused(
        this::read,
        ", collection speed_embeddings: id train_1 (train_1) has 0 values, the collection's have 2;"
            + " compute all with one encoder");
  }

  @Test
  void anEmptyCollectionIsRefused() {
    chroma.collections.put(SPEED, new ArrayList<>());

    assertRefused(
        this::copy,
        ", collection speed_embeddings: must hold at least one embedding, it holds none; give one"
            + " for each utterance");
  }

  @ParameterizedTest
  @ValueSource(strings = {"grows", "shrinks", "shifts"})
  void aCollectionThatChangesIsReadAgain(String how) {
    for (int i = 0; i < ChromaClient.PAGE_ROWS + 1; i++) {
      chroma.add(SPEED, "train_" + i, null, 1, i);
    }
    List<FakeChroma.Entry> entries = chroma.collections.get(SPEED);
    chroma.beforeEachPage =
        () -> {
          switch (how) {
            case "grows" -> chroma.add(SPEED, "new_" + chroma.pages, null, 1, 1);
            case "shrinks" -> entries.remove(entries.size() - 1);
            default -> Collections.rotate(entries, 1);
          }
        };

    assertRetryable(this::read)
        .hasMessageEndingWith(
            "collection speed_embeddings: it changed while it was read; it can be read when it is"
                + " at rest");
  }

  @Test
  void whatMayPassIsNoRefusal() throws IOException {
    URI nobody;
    try (ServerSocket free = new ServerSocket(0)) {
      nobody = URI.create("http://127.0.0.1:" + free.getLocalPort() + "/");
    }
    assertRetryable(() -> new ChromaClient(nobody, Optional.empty()).find(Optional.empty()))
        .hasMessage(
            "embeddings.url \"http://127.0.0.1:%d\": connection refused; is ChromaDB running?",
            nobody.getPort());

    assertRetryable(
            () ->
                new ChromaClient(URI.create("http://no-such-host.invalid"), Optional.empty())
                    .find(Optional.empty()))
        .hasMessage("embeddings.url \"http://no-such-host.invalid\": unknown host");

    chroma.answers.put("/api/v2/heartbeat", new Answer(503, "{\"message\": \"warming\\nup\"}"));
    assertRetryable(this::read).hasMessageEndingWith(": it answers 503: warming?up");
  }

  @Test
  void aSilentServerIsNotWaitedForWithoutEnd() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    chroma.add(SPEED, "train_0", null, 1, 2);
    chroma.beforeEachPage =
        () -> {
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    try {
      ChromaClient impatient =
          new ChromaClient(chroma.url(), Optional.empty(), Duration.ofSeconds(1));
      assertRetryable(
              () ->
                  ChromaEmbeddings.read(impatient, Optional.empty(), folder, StageMonitor.silent()))
          .hasMessageEndingWith(": no answer within 1 s");
    } finally {
      over.countDown();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | it answers 401 and wants a token; name the worker's environment variable that holds"
            + " it in embeddings.tokenFrom",
        "302 | it answers 302, a redirect, which is not followed; give the URL of ChromaDB itself",
        "404 | this is no ChromaDB: GET /api/v2/heartbeat gives 404",
        "418 | it answers 418",
      })
  void answersThatStayAreRefused(int status, String line) {
    chroma.answers.put("/api/v2/heartbeat", new Answer(status, "<html>"));

    assertRefused(this::read, ": " + line);
  }

  @Test
  void aServerOfTheOldApiIsRefusedWithTheCure() {
    chroma.answers.put("/api/v2/heartbeat", new Answer(404, "{\"detail\":\"Not Found\"}"));
    chroma.answers.put("/api/v1/heartbeat", new Answer(200, "{\"nanosecond heartbeat\": 1}"));

    assertRefused(
        this::read, ": this ChromaDB speaks API v1 alone; run ChromaDB 0.6 or newer on its data");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<html> | the records from 0 on are no valid JSON",
        "[] | of the records from 0 on, it is no object",
        "{\"ids\": [\"a\"] | the records from 0 on are no valid JSON",
        "{\"ids\": [1]} | of the records from 0 on, an id is no text",
        "{\"ids\": [\"a\"]} | of the records from 0 on, it has 1 ids, 0 embeddings and 0 metadatas",
        "{\"embeddings\": [[[1]]]} | of the records from 0 on, a value of an embedding is no number",
        "{\"embeddings\": {}} | of the records from 0 on, embeddings is no list",
        "{\"metadatas\": [{\"split\": 3}]} | of the records from 0 on, a split is no text",
        "{\"metadatas\": [{\"label\": []}]} | of the records from 0 on, a label is neither text nor"
            + " number",
      })
  void aPageThatIsNoneIsRefused(String page, String why) {
    chroma.add(SPEED, "train_0", null, 1, 2);
    chroma.answers.put(FakeChroma.pathOf("id-of-speed-embeddings") + "/get", new Answer(200, page));

    assertRefused(this::read, ": it answers not as ChromaDB's API v2 does: " + why);
  }

  @Test
  void anEndlessAnswerIsCutOff() {
    chroma.add(SPEED, "train_0", null, 1, 2);
    chroma.answers.put(
        FakeChroma.pathOf("id-of-speed-embeddings") + "/get",
        new Answer(200, " ".repeat(ChromaClient.LARGEST_PAGE + 1)));

    assertRefused(
        this::read,
        ": it answers not as ChromaDB's API v2 does: an answer has more than 32 MiB; is the"
            + " metadata so large?");
  }

  @Test
  void aCollectionOfAbsurdDimensionIsRefusedBeforeAnyIsHeld() {
    chroma.dimension = Integer.MAX_VALUE;
    chroma.add(SPEED, "train_0", null, 1, 2);

    assertRefused(this::read).hasMessageContaining("must have a dimension of at most 1000000");
  }

  @Test
  void aTokenIsSentAndNeverShown() throws IOException {
    Token token = Token.of("CHROMA_TOKEN", Map.of("CHROMA_TOKEN", SECRET)::get);
    ChromaClient client = new ChromaClient(chroma.url(), Optional.of(token));
    chroma.add(SPEED, "train_0", null, 1, 2);

    client.find(Optional.empty());

    assertThat(chroma.headers)
        .containsEntry("Authorization", "Bearer " + SECRET)
        .containsEntry("X-chroma-token", SECRET);
    assertThat(token.toString()).doesNotContain(SECRET);
    for (int status : List.of(403, 422, 503)) {
      chroma.answers.put(
          "/api/v2/heartbeat", new Answer(status, "{\"message\": \"not " + SECRET + "\"}"));
      assertThatThrownBy(() -> client.find(Optional.empty()))
          .hasMessageContaining("it answers " + status)
          .hasMessageNotContaining(SECRET);
    }
    chroma.answers.put("/api/v2/heartbeat", new Answer(403, ""));
    assertRefused(
        () -> client.find(Optional.empty()),
        ": it answers 403 to the token in the worker's environment variable CHROMA_TOKEN"
            + " (embeddings.tokenFrom); put one there that may read");
  }

  @Test
  void aTokenThatIsNotThereOrNoneIsRefused() {
    assertRefused(() -> Token.of("CHROMA_TOKEN", name -> null))
        .hasMessage(
            "embeddings.tokenFrom: the worker's environment has no variable CHROMA_TOKEN; start the"
                + " worker with it");
    for (String bad : List.of("", SECRET + "\r\nX: y", "tök")) {
      assertRefused(() -> Token.of("CHROMA_TOKEN", name -> bad))
          .hasMessage(
              "embeddings.tokenFrom: the worker's environment variable CHROMA_TOKEN must hold a"
                  + " token of visible ASCII characters, without blanks");
    }
  }
}
