package org.speechrate.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.embeddings.DerivedEmbeddings;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.probe.Layer;
import org.speechrate.pipeline.probe.LayerRequest;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.ProbeFacts;
import org.speechrate.pipeline.probe.ProbeScore;
import org.speechrate.pipeline.probe.ProbeSpec;
import org.speechrate.pipeline.probe.RowsRequest;
import org.speechrate.pipeline.probe.SumFacts;
import org.speechrate.pipeline.probe.SumRequest;
import org.speechrate.pipeline.probe.SummaryRequest;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.training.TestStages;
import org.speechrate.training.TrainingStage;

/**
 * Three made-up layers: one tells of the speech rate linearly, one by the size of a number but not
 * by its sign, one not at all.
 */
class ProbeStageTest {
  private static final int SPEAKERS = 40;
  private static final int EACH = 15;
  private static final int ROWS = SPEAKERS * EACH;
  private static final int DIMENSION = 6;
  private static final List<String> NAMES = List.of("linear", "even", "noise");
  private static final int CONTROLS = 2;

  @TempDir static Path root;

  private static TestStages stages;
  private static ProbeStage probe;
  private static Artifact dataset;
  private static final List<Artifact> CONTROL_TASKS = new ArrayList<>();
  private static final Map<String, Artifact> LAYERS = new HashMap<>();
  private static final Map<String, LayerScores> SCORES = new HashMap<>();
  private static SumFacts sum;

  @BeforeAll
  static void probeAll() throws IOException {
    stages = new TestStages(root);
    probe = new ProbeStage(stages);
    Random random = new Random(4);
    double[] signal = new double[ROWS];
    for (int speaker = 0; speaker < SPEAKERS; speaker++) {
      // Each split has its share of slow and fast speakers: control tasks miss by no mean then.
      double own = -1.2 + 0.3 * (speaker % 9);
      for (int i = 0; i < EACH; i++) {
        signal[speaker * EACH + i] = 0.7 * own + 0.7 * random.nextGaussian();
      }
    }
    double[] cps = Arrays.stream(signal).map(s -> 13 + 2 * Math.exp(s / 2)).toArray();
    dataset = dataset("labels", cps);
    for (int i = 0; i < CONTROLS; i++) {
      CONTROL_TASKS.add(dataset("control-" + i, shuffled(cps, i)));
    }
    for (String name : NAMES) {
      float[][] rows = new float[ROWS][DIMENSION];
      for (int row = 0; row < ROWS; row++) {
        for (int i = 0; i < DIMENSION; i++) {
          rows[row][i] = (float) ((name.equals("linear") ? 0.1 : 0.3) * random.nextGaussian());
        }
        double size = Math.exp(signal[row] / 2);
        rows[row][0] +=
            switch (name) {
              case "linear" -> (float) size;
              case "even" -> (float) (random.nextBoolean() ? size : -size);
              default -> 0;
            };
      }
      LAYERS.put(name, layer(name, rows));
    }
    StageResult<SumFacts> summed = sum(dataset);
    sum = summed.facts();
    List<Artifact> sums = new ArrayList<>(List.of(summed.artifact()));
    for (Artifact control : CONTROL_TASKS) {
      sums.add(sum(control).artifact());
    }
    for (String name : NAMES) {
      SCORES.put(name, scores(name, Collections.nCopies(1 + CONTROLS, LAYERS.get(name))));
    }
    SCORES.put(LayerRow.SUM, scores(LayerRow.SUM, sums));
  }

  @AfterAll
  static void forget() {
    CONTROL_TASKS.clear();
    LAYERS.clear();
    SCORES.clear();
  }

  private static String split(int row) {
    int speaker = row / EACH;
    return speaker < 26 ? "train" : speaker < 33 ? "dev" : "test";
  }

  private static double[] shuffled(double[] cps, int seed) {
    List<Double> within = new ArrayList<>();
    double[] shuffled = new double[ROWS];
    for (String split : List.of("train", "dev", "test")) {
      within.clear();
      for (int row = 0; row < ROWS; row++) {
        if (split(row).equals(split)) {
          within.add(cps[row]);
        }
      }
      Collections.shuffle(within, new Random(seed));
      int at = 0;
      for (int row = 0; row < ROWS; row++) {
        if (split(row).equals(split)) {
          shuffled[row] = within.get(at++);
        }
      }
    }
    return shuffled;
  }

  private static Artifact dataset(String name, double[] cps) throws IOException {
    StringBuilder csv = new StringBuilder("row,sample_id,split,speaker_id,cps\n");
    for (int row = 0; row < ROWS; row++) {
      csv.append(row + ",u" + row + "," + split(row) + ",s" + row / EACH + "," + cps[row] + "\n");
    }
    return stages.write("data/stages/dataset/" + name, "samples.csv", csv.toString(), ROWS);
  }

  private static Artifact layer(String name, float[][] rows) throws IOException {
    StringBuilder ids = new StringBuilder("sample_id,split,label\n");
    for (int row = 0; row < ROWS; row++) {
      ids.append("u" + row + ",,\n");
    }
    stages.write("data/stages/embeddings/from", "ids.csv", ids.toString(), ROWS);
    String uri = "data/stages/embeddings/" + name;
    Path folder = Files.createDirectories(root.resolve(uri));
    DerivedEmbeddings.write(
        folder,
        root.resolve("data/stages/embeddings/from"),
        rows.length,
        rows[0].length,
        (row, into) -> System.arraycopy(rows[(int) row], 0, into, 0, into.length));
    return new Artifact(uri, "sha256 of " + uri, ROWS);
  }

  private static StageResult<SumFacts> sum(Artifact task) throws IOException {
    return probe.sum(
        new SumRequest(
            stages.workspace().id(),
            true,
            task,
            NAMES.stream().map(name -> new Layer(name, LAYERS.get(name))).toList()),
        StageMonitor.silent());
  }

  private static LayerScores scores(String name, List<Artifact> embeddings) throws IOException {
    List<LayerRequest.Task> tasks = new ArrayList<>();
    for (int task = 0; task <= CONTROLS; task++) {
      Artifact labels = task == 0 ? dataset : CONTROL_TASKS.get(task - 1);
      List<Artifact> networks = new ArrayList<>();
      for (int seed = 0; seed < (task == 0 ? 2 : 1); seed++) {
        networks.add(train(labels, embeddings.get(task), seed));
      }
      tasks.add(new LayerRequest.Task(labels, embeddings.get(task), networks, Optional.empty()));
    }
    return probe
        .probe(
            new LayerRequest(
                stages.workspace().id(),
                true,
                name,
                tasks.get(0),
                tasks.subList(1, tasks.size()),
                0,
                400),
            StageMonitor.silent())
        .facts();
  }

  private static Artifact train(Artifact labels, Artifact embeddings, int seed) throws IOException {
    TrainingSpec spec =
        RunSpecReader.read(
                "{\"training\": {\"hidden\": [32], \"epochs\": 60, \"learningRate\": 0.005,"
                    + " \"weightDecay\": 0.1, \"device\": \"cpu\"}}")
            .training();
    return new TrainingStage(stages.workspace(), stages)
        .train(
            new TrainingRequest(
                stages.workspace().id(),
                true,
                spec.withSeed(seed),
                labels,
                embeddings,
                Optional.empty(),
                false),
            root.resolve("data/runs/t/" + labels.rows() + "/checkpoint.safetensors"),
            StageMonitor.silent())
        .finished()
        .orElseThrow()
        .artifact();
  }

  private static double test(ProbeScore score) {
    return score.test().value().orElseThrow();
  }

  @Test
  void linearSignalIsReadByBoth() {
    LayerScores linear = SCORES.get("linear");

    assertThat(test(linear.ridge())).isGreaterThan(0.6);
    assertThat(test(linear.network())).isGreaterThan(0.6);
    assertThat(linear.ridge().test().interval().orElseThrow().low()).isPositive();
    assertThat(linear.ridge().control().value().orElseThrow()).isLessThan(0.1);
    assertThat(linear.ridge().selectivity().value().orElseThrow()).isGreaterThan(0.5);
    assertThat(linear.correlation().value().orElseThrow()).isGreaterThan(0.75);
    assertThat(linear.description().compression().orElseThrow()).isGreaterThan(1.03);
    assertThat(linear.description().bits().orElseThrow())
        .isLessThan(linear.description().constantBits().orElseThrow());
    assertThat(linear.testSpeakers()).contains(7L);
  }

  @Test
  void evenSignalIsReadByTheNetworkAlone() {
    LayerScores even = SCORES.get("even");

    assertThat(test(even.ridge())).isLessThan(0.1);
    assertThat(test(even.network())).isGreaterThan(0.4);
    assertThat(even.network().selectivity().value().orElseThrow()).isGreaterThan(0.4);
    assertThat(even.network().dev().orElseThrow()).isGreaterThan(even.ridge().dev().orElseThrow());
  }

  @Test
  void nothingIsReadFromNoise() {
    LayerScores noise = SCORES.get("noise");

    assertThat(test(noise.ridge())).isBetween(-0.3, 0.1);
    assertThat(test(noise.network())).isBetween(-0.5, 0.1);
    assertThat(noise.ridge().selectivity().value().orElseThrow()).isBetween(-0.2, 0.2);
    assertThat(noise.ridge().test().interval().orElseThrow().low()).isNegative();
    assertThat(noise.correlation().value().orElseThrow()).isLessThan(0.3);
    assertThat(noise.description().compression().orElseThrow()).isLessThan(1.02);
  }

  @Test
  void theSumWeighsTheLinearLayerMost() throws IOException {
    assertThat(sum.weights().stream().mapToDouble(each -> each).sum())
        .isCloseTo(1, org.assertj.core.api.Assertions.within(1e-9));
    assertThat(sum.weights().get(0)).isGreaterThan(0.8);
    assertThat(test(SCORES.get(LayerRow.SUM).ridge()))
        .isGreaterThan(test(SCORES.get("linear").ridge()) - 0.1);
    Path folder = stages.open(sum(dataset).artifact());
    assertThat(EmbeddingMatrix.open(folder.resolve("x.npy")).rows()).isEqualTo(ROWS);
    assertThat(folder.resolve("ids.csv"))
        .hasSameTextualContentAs(stages.open(LAYERS.get("linear")).resolve("ids.csv"));
  }

  @Test
  void sameInputsAreNotProbedAgain() throws IOException {
    assertThat(sum(dataset).reused()).isTrue();
  }

  @Test
  void aSumOfOtherDimensionsIsRefused() throws IOException {
    Artifact wide = layer("wide", new float[ROWS][DIMENSION + 1]);
    assertThatThrownBy(
            () ->
                probe.sum(
                    new SumRequest(
                        stages.workspace().id(),
                        true,
                        dataset,
                        List.of(new Layer("linear", LAYERS.get("linear")), new Layer("w", wide))),
                    StageMonitor.silent()))
        .isInstanceOf(Refusal.class)
        .hasMessage("a weighted sum needs layers of one dimension: linear has 6 values, w has 7");
  }

  private void compareRows(String ids, String line) throws IOException {
    Artifact other =
        stages.write("data/stages/embeddings/other", "ids.csv", "sample_id,split,label\n" + ids, 3);
    Artifact first =
        stages.write(
            "data/stages/embeddings/first", "ids.csv", "sample_id,split,label\na,,\nb,,\nc,,\n", 3);
    RowsRequest request =
        new RowsRequest(
            stages.workspace().id(), List.of(new Layer("one", first), new Layer("two", other)));
    if (line.isEmpty()) {
      probe.requireSameRows(request);
    } else {
      assertThatThrownBy(() -> probe.requireSameRows(request))
          .isInstanceOf(Refusal.class)
          .hasMessage(
              "probe.layers: "
                  + line
                  + "; all layers must name the same utterances in the same order");
    }
  }

  @Test
  void otherRowsAreRefused() throws IOException {
    compareRows("a,,\nb,,\nc,,\n", "");
    compareRows("a,train,x\nb,,\nc,,\n", "");
    compareRows("a,,\nb,,\nd,,\n", "two has 1 sample_ids that one has not: d");
    compareRows("a,,\nb,,\n", "one has 3 rows, two has 2");
    compareRows("a,,\nc,,\nb,,\n", "one and two have 2 sample_ids in different rows: c, b");
  }

  private static StageResult<ProbeFacts> summarize(List<LayerRow> rows) throws IOException {
    return probe.summarize(
        new SummaryRequest(
            stages.workspace().id(),
            true,
            new ProbeSpec("my/<layers>", 2, true, 400, RunSpecReader.read("")),
            dataset,
            new DatasetFacts(
                new TreeMap<>(Map.of("train", 390L)), new TreeMap<>(), 0, 0, 6, "speakers <known>"),
            rows));
  }

  private static LayerRow row(String name, String scores, Optional<Double> weight) {
    return new LayerRow(
        name, weight, Optional.of(1.0), Optional.of(SCORES.get(scores)), Optional.empty());
  }

  @Test
  void summaryHasVerdictTableAndPage() throws IOException {
    List<LayerRow> rows = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      rows.add(row(NAMES.get(i), NAMES.get(i), Optional.of(sum.weights().get(i))));
    }
    rows.add(
        new LayerRow(
            "gone",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of("holds NaN")));
    rows.add(row(LayerRow.SUM, LayerRow.SUM, Optional.empty()));
    StageResult<ProbeFacts> summary = summarize(rows);

    assertThat(summary.facts().verdict())
        .matches(
            "Speech rate is best read from linear \\((ridge|MLP), test R² 0\\.\\d\\d, 95 % 0\\.\\d\\d"
                + " to [01]\\.\\d\\d; selectivity [01]\\.\\d\\d\\), the best of 4 layers on dev; the"
                + " weighted sum of all layers gives 0\\.\\d\\d, 95 % 0\\.\\d\\d to 0\\.\\d\\d; 1 layer"
                + " failed");
    Path folder = stages.open(summary.artifact());
    List<String> csv = Files.readAllLines(folder.resolve("layers.csv"));
    assertThat(csv).hasSize(6);
    assertThat(csv.get(0)).startsWith("layer,dimension,weight,ridge_dev_r2,ridge_test_r2,");
    assertThat(csv.get(4)).startsWith("gone,,,").endsWith("holds NaN");
    assertThat(csv)
        .allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(csv.get(0).split(",").length));
    String html = Files.readString(folder.resolve("probe.html"), StandardCharsets.UTF_8);
    assertThat(html).contains("<svg", summary.facts().verdict()).doesNotContain("http");
    assertThat(Files.readString(folder.resolve("probe.json"))).contains("\"verdict\"");
  }

  @Test
  void hostileNamesAreText() throws IOException {
    String hostile = "<script>alert('x')</script>\"&amp;";
    String html =
        Files.readString(
            stages
                .open(
                    summarize(
                            List.of(
                                row(hostile, "linear", Optional.empty()),
                                new LayerRow(
                                    "</ul>",
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.of("<img src=x onerror=y>"))))
                        .artifact())
                .resolve("probe.html"),
            StandardCharsets.UTF_8);

    assertThat(html)
        .doesNotContain("<script", "<img", "</ul>:", "<layers>", "<known>")
        .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;amp;")
        .contains("&lt;img src=x onerror=y&gt;")
        .contains("my/&lt;layers&gt;");
  }

  @Test
  void noiseIsNoVerdict() throws IOException {
    assertThat(summarize(List.of(row("noise", "noise", Optional.empty()))).facts().verdict())
        .matches("No layer is (clearly )?better than the mean; the best is noise \\(.*\\)");
  }
}
