package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.client.RunFailure;

/** Each kind of source through {@code speechrate train}; ChromaDB's are in {@link ChromaIT}. */
@Timeout(180)
class SourcesIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestWorkspace test;
  private static GoodInputs good;
  private static JsonNode ofTheSample;

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.running();
    good = GoodInputs.make(test.root());
    ofTheSample =
        train("corpus.root=data/sample/corpus", "embeddings.path=data/sample/embeddings_npy")
            .at("/evaluation/test");
  }

  @AfterAll
  static void stop() throws IOException {
    good.close();
    test.close();
  }

  @ParameterizedTest
  @CsvSource({
    "numpy-dict, dict, dict",
    "matrix, matrix, matrix/x.npy",
    "npz, embs.npz, embs.npz",
    "npy-directory, vectors, vectors",
    "kaldi, kaldi, kaldi/embeddings.ark",
    "kaldi, listed, listed/embeddings.scp"
  })
  void theSampleIsTheSameInEachKind(String kind, String made, String read) throws Exception {
    command(
        "embeddings",
        "convert",
        test.root().resolve("data/sample/embeddings_npy").toString(),
        test.root().resolve(made).toString(),
        "--to",
        kind);
    List<String> fields =
        new ArrayList<>(
            List.of(
                "corpus.root=data/sample/corpus",
                "embeddings.source=" + kind,
                "embeddings.path=" + read));
    if (kind.equals("matrix")) {
      fields.add("embeddings.ids=" + made + "/ids.csv");
    }

    JsonNode result = train(fields.toArray(String[]::new));

    assertThat(result.at("/evaluation/test")).isEqualTo(ofTheSample);
    assertThat(ofTheSample.get("n").asInt()).isEqualTo(44);
  }

  /** The vectors were made in Python, by the package whose encoder the sample has. */
  @Test
  void theSampleIsTheSameByItsEncoder() throws Exception {
    assertThat(train().at("/evaluation/test/mse").asDouble())
        .isCloseTo(ofTheSample.get("mse").asDouble(), offset(1e-4));
  }

  /** Audio of five formats, each with an utterance's embedding. */
  @Test
  void aManifestMayNameEveryFormat() throws Exception {
    Map<String, String> formats =
        Map.of(
            "84-1-0000", "pcm_16.wav",
            "84-1-0001", "lame.mp3",
            "84-1-0002", "vorbis.ogg",
            "174-1-0000", "opus.opus");
    for (Map.Entry<String, String> each : formats.entrySet()) {
      String name = each.getKey() + each.getValue().substring(each.getValue().lastIndexOf('.'));
      good.bytes("my/audio/" + name, GoodInputs.golden(each.getValue()));
      good.replace(
          GoodInputs.MANIFEST, chapter(each.getKey()) + each.getKey() + ".flac", "audio/" + name);
    }
    // These are a few hundredths of a second long.
    good.replace(GoodInputs.MANIFEST, "GO ON NOW AND TAKE THE LONG ROAD HOME", "A");

    JsonNode result =
        train(
            "corpus.manifest=my/manifest.csv",
            "embeddings.path=my/embeddings_npy",
            "publishing.gate=always");

    assertThat(result.at("/evaluation/train/n").asInt()).isEqualTo(4);
    assertThat(result.at("/stages/0/text").asText()).contains("8 utterances of 3 speakers");
  }

  private static String chapter(String id) {
    return "LibriSpeech/" + (id.startsWith("84") ? "train-clean-100/84/1/" : "dev-clean/174/1/");
  }

  static Set<String> ofTraining() {
    return BrokenInputs.ofTraining().keySet();
  }

  @ParameterizedTest
  @MethodSource("ofTraining")
  void whatTrainingRefusesIsTheTroubleshootingPagesLine(String what) throws Exception {
    Path folder = Files.createDirectory(test.root().resolve(what.replace(' ', '-')));
    try (GoodInputs in = GoodInputs.make(folder)) {
      String input = BrokenInputs.ofTraining().get(what).breakOne(in);
      String here = input.replace("\"my/", "\"" + folder.getFileName() + "/my/");
      assertThatThrownBy(() -> test.client().train(JSON.readTree(here), "test").result())
          .isInstanceOf(RunFailure.class)
          .hasMessage(TroubleshootingPage.lines().get(what));
    }
  }

  private static JsonNode train(String... fields) throws IOException {
    List<String> words = new ArrayList<>(List.of("train", "--wait", "--json"));
    for (String field : fields) {
      words.addAll(List.of("--set", field));
    }
    words.addAll(List.of("--workspace", test.root().toString()));
    return JSON.readTree(command(words.toArray(String[]::new)));
  }

  /** What it writes to standard output. */
  private static String command(String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), words))
        .as(Arrays.toString(words) + terminal.err())
        .isEqualTo(Exit.DONE);
    return terminal.out();
  }
}
