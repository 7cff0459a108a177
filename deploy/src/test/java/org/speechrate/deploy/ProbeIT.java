package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.pipeline.RunFiles;

/** A probe of layers made from the bundled sample: real dev server, real worker, real files. */
@Timeout(180)
class ProbeIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String[] LABELS = {
    "--set", "corpus.root=data/sample/corpus", "--set", "training.epochs=15"
  };

  private static TestWorkspace test;

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.running();
  }

  @AfterAll
  static void stop() throws Exception {
    test.close();
  }

  private static TerminalCapture run(int exit, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(1, List.of("--workspace", test.root().toString()));
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), all.toArray(String[]::new)))
        .as(terminal.err())
        .isEqualTo(exit);
    return terminal;
  }

  private static TerminalCapture probe(int exit, String... arguments) {
    List<String> all = new ArrayList<>(List.of("probe", "--wait"));
    all.addAll(List.of(LABELS));
    all.addAll(List.of(arguments));
    return run(exit, all.toArray(String[]::new));
  }

  /** The sample's embeddings as a matrix and its ids. */
  private static Path matrix() throws IOException {
    Path folder = test.root().resolve("matrix");
    if (!Files.exists(folder)) {
      run(
          Exit.DONE,
          "embeddings",
          "convert",
          test.root().resolve("data/sample/embeddings_npy").toString(),
          folder.toString(),
          "--to",
          "matrix");
    }
    return folder;
  }

  /** Writes a layer: the sample's values, so much of them, and noise. */
  private static void write(Path file, double share, int width, long seed) throws IOException {
    byte[] x = Files.readAllBytes(matrix().resolve("x.npy"));
    int header = 10 + (x[8] & 0xFF) + 256 * (x[9] & 0xFF);
    int dimension = 256;
    int rows = (x.length - header) / 4 / dimension;
    ByteBuffer from = ByteBuffer.wrap(x, header, x.length - header).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer values = ByteBuffer.allocate(4 * rows * width).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(seed);
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < dimension; i++) {
        float value = from.getFloat();
        if (i < width) {
          values.putFloat(
              share < 0
                  ? Float.NaN
                  : (float) (share * value + (1 - share) * 0.06 * random.nextGaussian()));
        }
      }
    }
    String text =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + width + "), }";
    byte[] padded =
        (text + " ".repeat((64 - (10 + text.length() + 1) % 64) % 64) + "\n")
            .getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(new byte[] {(byte) padded.length, (byte) (padded.length >>> 8)});
    out.write(padded);
    out.write(values.array());
    Files.createDirectories(file.getParent());
    Files.write(file, out.toByteArray());
  }

  @Test
  void fourLayersOfWhichOneHoldsNoNumbers() throws Exception {
    Path layers = Files.createDirectories(test.root().resolve("layers"));
    Files.copy(matrix().resolve("ids.csv"), layers.resolve("ids.csv"));
    write(layers.resolve("layer_10.npy"), 1, 128, 1);
    write(layers.resolve("layer_2.npy"), 0.5, 128, 2);
    write(layers.resolve("layer_1.npy"), 0, 128, 3);
    write(layers.resolve("layer_11.npy"), -1, 128, 4);
    String[] arguments = {"--layers", "layers", "--seeds", "2", "--json"};
    JsonNode result = JSON.readTree(probe(Exit.DONE, arguments).out());
    JsonNode rows = result.get("layers");

    assertThat(rows.findValuesAsText("name"))
        .containsExactly("layer_1", "layer_2", "layer_10", "layer_11", "weighted sum");
    assertThat(rows.get(3).get("failure").asText()).contains("layer_11").contains("NaN");
    assertThat(r2(rows.get(2))).isGreaterThan(0.2).isGreaterThan(r2(rows.get(0)));
    assertThat(rows.get(4).get("scores").get("correlation").get("value").asDouble())
        .isGreaterThan(0.3);
    assertThat(result.get("verdict").asText())
        // The sample's four test speakers make the interval a wide one.
        .contains("layer_10 (", ", the best of 4 layers on dev; the weighted sum")
        .endsWith("1 layer failed");
    Path report = test.root().resolve(result.get("report").get("uri").asText());
    assertThat(Files.readString(report.resolve("probe.html")))
        .contains("<svg")
        .contains("layer_11");
    assertThat(Files.readAllLines(report.resolve("layers.csv"))).hasSize(6);

    JsonNode again = JSON.readTree(probe(Exit.DONE, arguments).out());
    assertThat(again.get("report")).isEqualTo(result.get("report"));
    for (String stage : List.of("dataset", "training", "evaluation")) {
      assertThat(state(again, stage)).as(stage).isEqualTo("reused");
    }

    // A run on one layer finds the network that the probe has trained.
    JsonNode trained =
        JSON.readTree(
            run(
                    Exit.DONE,
                    "train",
                    "--wait",
                    "--json",
                    LABELS[0],
                    LABELS[1],
                    LABELS[2],
                    LABELS[3],
                    "--set",
                    "training.recipe=network",
                    "--set",
                    "embeddings.path=layers/layer_10.npy",
                    "--set",
                    "embeddings.ids=layers/ids.csv")
                .out());
    assertThat(state(trained, "training")).isEqualTo("reused");

    String id = result.get("workflowId").asText();
    assertThat(new RunFiles(test.root()).find(id).orElseThrow().probe()).isPresent();
    assertThat(run(Exit.DONE, "status", id).out())
        .containsPattern("layer +ridge R² +95 % +selectivity +MLP R²")
        .contains("layer_11 failed: ")
        .contains("/probe.html")
        .contains(result.get("verdict").asText());
  }

  private static double r2(JsonNode row) {
    return row.get("scores").get("ridge").get("test").get("value").asDouble();
  }

  private static String state(JsonNode result, String stage) {
    for (JsonNode each : result.get("stages")) {
      if (each.get("stage").asText().equals(stage)) {
        return each.get("state").asText();
      }
    }
    return "absent";
  }

  @Test
  void oneLayerIsEnoughAndOtherRowsAreRefused() throws Exception {
    Path folder = test.root().resolve("folders");
    write(folder.resolve("a/x.npy"), 1, 16, 1);
    Files.copy(matrix().resolve("ids.csv"), folder.resolve("a/ids.csv"));
    String table = probe(Exit.DONE, "--layers", "folders", "--seeds", "1", "--no-control").out();
    assertThat(table).containsPattern("(?m)^a +").doesNotContain("weighted sum");

    write(folder.resolve("b/x.npy"), 1, 16, 2);
    String ids = Files.readString(matrix().resolve("ids.csv"));
    String first = ids.lines().skip(1).findFirst().orElseThrow().split(",", -1)[0];
    Files.writeString(folder.resolve("b/ids.csv"), ids.replace(first, "stranger"));
    assertThat(probe(Exit.RUN_FAILED, "--layers", "folders").err())
        .contains("probe.layers: b has 1 sample_ids that a has not: stranger");

    Files.createDirectories(test.root().resolve("empty"));
    assertThat(probe(Exit.RUN_FAILED, "--layers", "empty").err())
        .contains("probe.layers \"empty\" holds no layer");
    assertThat(probe(Exit.WRONG_INPUT).err()).contains("probe.layers is needed");
  }
}
