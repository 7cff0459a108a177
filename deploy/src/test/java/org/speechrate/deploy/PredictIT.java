package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.embeddings.NpyHeader;
import org.speechrate.pipeline.RunResult;

/**
 * Predictions on the bundled sample: real dev server, real worker, a model that a run published.
 */
@Timeout(120)
class PredictIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestWorkspace test;
  private static RunResult trained;

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.running();
    trained =
        test.client()
            .train(
                JSON.readTree(
                    "{\"corpus\": {\"root\": \"data/sample/corpus\"}, \"embeddings\": {\"path\":"
                        + " \"data/sample/embeddings_npy\"}, \"training\": {\"epochs\": 3},"
                        + " \"evaluation\": {\"bootstrap\": 0}, \"publishing\": {\"gate\":"
                        + " \"always\"}}"),
                "train")
            .result();
  }

  @AfterAll
  static void stop() throws Exception {
    test.close();
  }

  private static TerminalCapture predict(int exit, String... arguments) {
    List<String> all = new ArrayList<>(List.of("predict", "--workspace", test.root().toString()));
    all.addAll(List.of(arguments));
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), all.toArray(String[]::new)))
        .as(terminal.err())
        .isEqualTo(exit);
    return terminal;
  }

  private static Map<String, String[]> byId(Path csv) throws Exception {
    return Files.readAllLines(csv).stream()
        .skip(1)
        .map(line -> line.split(",", -1))
        .collect(Collectors.toMap(fields -> fields[0], Function.identity()));
  }

  @Test
  void theChampionSaysWhatTheEvaluationSaid() throws Exception {
    String out =
        predict(Exit.DONE, "--out", "my/predictions.csv", "--wait", "--json", "--id", "p").out();
    JsonNode result = JSON.readTree(out);

    assertThat(result.get("rows").asLong()).isEqualTo(264);
    assertThat(result.get("model").asText()).isEqualTo(trained.publishing().path().orElseThrow());
    assertThat(result.get("path").asText()).isEqualTo("my/predictions.csv");
    assertThat(result.get("warning").isNull()).isTrue();
    assertThat(result.get("stages").get(0).get("state").asText()).isEqualTo("reused");

    Map<String, String[]> evaluated =
        byId(
            test.root()
                .resolve(
                    trained
                        .stage(org.speechrate.pipeline.Stage.EVALUATION)
                        .artifact()
                        .orElseThrow()
                        .uri())
                .resolve("predictions.csv"));
    Map<String, String[]> predicted = byId(test.root().resolve("my/predictions.csv"));
    assertThat(predicted).hasSameSizeAs(evaluated);
    evaluated.forEach(
        (id, fields) ->
            assertThat(Double.parseDouble(predicted.get(id)[2]))
                .isCloseTo(
                    Double.parseDouble(fields[4]), org.assertj.core.data.Offset.offset(1e-4)));

    assertThat(predict(Exit.DONE, "--wait").out())
        .containsPattern("embeddings +reused")
        .containsPattern("predict +reused")
        .contains("264 predictions by models/speech-rate/");
    for (String command : List.of("status", "watch")) {
      TerminalCapture shown = new TerminalCapture(false);
      SpeechrateCommand.run(shown.terminal(), command, "p", "--workspace", test.root().toString());
      assertThat(shown.out()).contains("264 predictions by models/speech-rate/");
    }
    TerminalCapture runs = new TerminalCapture(false);
    SpeechrateCommand.run(runs.terminal(), "runs", "--workspace", test.root().toString());
    assertThat(runs.out()).containsPattern("(?m)^p +\\S+ +completed");
  }

  @Test
  void embeddingsOfAnotherEncoderAreWarnedOfOrRefused() throws Exception {
    Path ids = test.root().resolve("ids.csv");
    Files.writeString(ids, "sample_id\na\nb\n");
    write("far.npy", 256);
    write("short.npy", 3);

    assertThat(
            predict(
                    Exit.DONE,
                    "--embeddings",
                    "far.npy",
                    "--set",
                    "embeddings.ids=ids.csv",
                    "--out",
                    "far-cps.npy",
                    "--wait")
                .out())
        .contains("warning: the embeddings differ from those that the model was trained on");
    assertThat(test.root().resolve("far-cps.npy")).hasSize(128 + 2 * Float.BYTES);
    assertThat(
            predict(
                    Exit.RUN_FAILED,
                    "--embeddings",
                    "short.npy",
                    "--set",
                    "embeddings.ids=ids.csv",
                    "--wait")
                .err())
        .contains("takes embeddings of 256 values, these have 3");
    assertThat(predict(Exit.RUN_FAILED, "--model", "nobody", "--wait").err())
        .contains("predict.model: there is no model \"nobody\"; published: speech-rate");
    assertThat(predict(Exit.WRONG_INPUT, "--out", "cps.xlsx", "--wait").err())
        .contains("predict.out must be a file that ends with .csv");
    assertThat(predict(Exit.RUN_FAILED, "--out", "../cps.csv", "--wait").err())
        .contains("predict.out: \"../cps.csv\" is outside the workspace");
  }

  /** Two rows that are nearly the same, far from anything that an encoder gives. */
  private static void write(String name, int dimension) throws Exception {
    float[] values = new float[2 * dimension];
    Arrays.fill(values, 7);
    values[0] = 6;
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    NpyHeader.write(header, "<f4", List.of(2L, (long) dimension));
    ByteBuffer bytes =
        ByteBuffer.allocate(header.size() + Float.BYTES * values.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(header.toByteArray());
    bytes.asFloatBuffer().put(values);
    Files.write(test.root().resolve(name), bytes.array());
  }
}
