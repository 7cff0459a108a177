package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Structure alone: how fast anything is depends on the machine. */
class BenchCommandTest {
  private static final Path SAMPLE = Tools.repository().resolve("data/sample");

  @TempDir Path workspace;

  private JsonNode bench(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("bench"));
    all.addAll(List.of(words));
    all.addAll(
        List.of("--workspace", workspace.toString(), "--repeat", "1", "--no-python", "--json"));
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), all.toArray(String[]::new)))
        .as(terminal.err())
        .isEqualTo(Exit.DONE);
    return new ObjectMapper().readTree(terminal.out());
  }

  @Test
  void labelsOfAMadeCorpusAreTimedAndReused() throws IOException {
    JsonNode labels = bench("labels", "--files", "150");
    assertThat(labels.path("bench").asText()).isEqualTo("labels");
    assertThat(labels.path("files").asInt()).isEqualTo(150);
    assertThat(labels.path("machine").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("cores", "load", "jvm", "os", "python");
    assertThat(labels.path("seconds").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("ours", "oursAgain");
    assertThat(labels.path("seconds").path("ours").path("runs")).hasSize(1);
    assertThat(labels.path("ratios").path("decodeToOurs").isNull()).isTrue();
    assertThat(labels.path("ratios").path("oursToLibsndfile").isNull()).isTrue();
    assertThat(labels.path("notes")).as("else the second run was not reused").isEmpty();
    partsAddUp(labels, "corpus", "labels");
    onlyInputsAreLeft("corpus-150");
  }

  @Test
  void embeddingsAndDatasetAreTimedOnGivenInputs() throws IOException {
    Path inputs = inputs();

    JsonNode embeddings = bench("embeddings", "--inputs", inputs.toString());
    partsAddUp(embeddings, "embeddings");
    JsonNode dataset = bench("dataset", "--inputs", inputs.toString());
    partsAddUp(dataset, "arrays", "dataset", "embeddings", "labels");
    assertThat(dataset.path("rows")).isEqualTo(embeddings.path("rows"));
    assertThat(dataset.path("rows").asInt()).isEqualTo(264);
    assertThat(dataset.path("seconds").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("oursProcess", "oursFirst", "oursWarm");
    onlyInputsAreLeft();
  }

  @Test
  void aWholeTrainingIsTimedWithItsEpochsSweepsAndTheBareLoop() throws IOException {
    JsonNode training =
        bench("training", "--inputs", inputs().toString(), "--epochs", "2", "--sweeps", "1,3");

    partsAddUp(training, "labels", "embeddings", "dataset", "training");
    assertThat(training.path("rows").asInt()).isEqualTo(264);
    assertThat(training.path("notes").toString()).doesNotContain("no bare loop");
    assertThat(training.path("seconds").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("ours", "oursEpoch", "sweep1", "sweep3", "oneCoreEpoch");
    assertThat(training.path("seconds").path("oursEpoch").path("runs")).hasSize(2);
    for (JsonNode seconds : training.path("seconds")) {
      assertThat(seconds.path("min").asDouble())
          .isPositive()
          .isLessThanOrEqualTo(seconds.path("median").asDouble());
    }
    assertThat(training.path("testMse").path("ours").asDouble()).isPositive();
    assertThat(training.has("ratioReference")).isTrue();
    assertThat(training.path("ratioReference").isNull()).isTrue();
    assertThat(training.path("ratioOptimised").isNull()).isTrue();
    onlyInputsAreLeft();
  }

  @Test
  void metricsAreTimed() throws IOException {
    JsonNode metrics =
        bench("metrics", "--inputs", inputs().toString(), "--epochs", "2", "--trainings", "3");
    for (String way : List.of("without", "with", "withoutCpu", "withCpu")) {
      assertThat(metrics.path("seconds").path(way).path("runs")).hasSize(3);
      assertThat(metrics.path("seconds").path(way).path("min").asDouble()).isPositive();
    }
    assertThat(metrics.path("ratios").path("withToWithoutCpu").path("target").asText())
        .isEqualTo("at most 1.01");
    assertThat(metrics.path("series").asInt()).as("as many as a worker's").isGreaterThan(500);
  }

  @Test
  void anEncoderIsTimed() throws IOException {
    String sample = "../data/sample/";
    JsonNode encoder =
        bench("encoder", "--audio", sample + "corpus/test-clean", "--encoder", sample + "encoder");

    assertThat(encoder.path("files").asInt()).isEqualTo(44);
    assertThat(encoder.path("audioSeconds").asDouble()).isBetween(108.0, 109.0);
    assertThat(encoder.path("seconds").path("ours").path("min").asDouble()).isPositive();
    assertThat(encoder.path("realTimeFactors").path("ours").asDouble())
        .isEqualTo(
            encoder.path("seconds").path("ours").path("median").asDouble()
                / encoder.path("audioSeconds").asDouble());
    assertThat(encoder.path("ratios").path("resemblyzerToOurs").isNull()).isTrue();
    assertThat(encoder.path("ratios").path("resemblyzerPoolToOurs").isNull()).isTrue();
  }

  @Test
  void memoryOfTheEncodersStageIsLookedAtAfterEachShard() throws IOException {
    String sample = "../data/sample/";
    JsonNode encoder =
        bench(
            "encoder",
            "--audio=" + sample + "corpus/test-clean",
            "--encoder=" + sample + "encoder",
            "--hours=0.1",
            "--heap=128m");

    assertThat(encoder.path("audioSeconds").asDouble()).isBetween(360.0, 370.0);
    assertThat(encoder.path("files").asInt())
        .as("each copy counts as other audio")
        .isBetween(44 * 3, 44 * 4);
    JsonNode memory = encoder.path("memory");
    assertThat(memory.get(memory.size() - 1).path("shards").asInt())
        .as("of 128 files")
        .isEqualTo(2);
    for (JsonNode each : memory) {
      assertThat(each.path("heapBytes").asLong()).isBetween(1L, 128L << 20);
    }
    onlyInputsAreLeft();
  }

  @Test
  void aPythonThatLacksResemblyzerIsToldBeforeAnythingIsTimed() throws IOException {
    Path python =
        Files.writeString(workspace.resolve("python"), "#!/bin/sh\necho it lacks >&2; exit 1\n");
    assertThat(python.toFile().setExecutable(true)).isTrue();
    Files.createDirectories(workspace.resolve("data/sample/corpus"));
    Files.createDirectories(workspace.resolve("data/sample/encoder"));
    TerminalCapture terminal = new TerminalCapture(false);

    int code =
        SpeechrateCommand.run(
            terminal.terminal(),
            "bench",
            "encoder",
            "--workspace=" + workspace,
            "--python=" + python);

    assertThat(code).isEqualTo(Exit.MISSING);
    assertThat(terminal.err().lines().filter(each -> each.startsWith("speechrate")))
        .containsExactly(
            "speechrate: python failed: it lacks; name a Python that has resemblyzer, torch, librosa"
                + " and numpy by --python PATH, or time our side alone with --no-python");
    onlyInputsAreLeft();
  }

  @Test
  void predictionsAreTimed() throws IOException {
    JsonNode predict = bench("predict", "--rows", "3000");

    assertThat(predict.path("rows").asInt()).isEqualTo(3000);
    assertThat(predict.path("seconds").path("ours").path("min").asDouble()).isPositive();
    assertThat(predict.path("notes").get(0).asText())
        .matches("ours: [0-9,]+ rows/s, mean -?0\\..*");
  }

  @Test
  void intervalsAreTimedColdAndWarm() throws IOException {
    JsonNode evaluation =
        bench("evaluation", "--rows", "200", "--speakers", "5", "--bootstrap", "100");
    assertThat(evaluation.path("rows").asInt()).isEqualTo(200);
    assertThat(evaluation.path("seconds").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("ours", "oursWarm");
    assertThat(evaluation.path("ratios").path("numpyToOurs").isNull()).isTrue();
    assertThat(evaluation.path("notes").toString()).contains("95 % interval");
    onlyInputsAreLeft("evaluation-200-5");
  }

  @Test
  void recipesAreJudgedOnSpeakersThatTheyHaveNotHeard() throws IOException {
    inputs();
    String data =
        "\"labels\": {\"directory\": \"inputs/processed\"},"
            + " \"embeddings\": {\"path\": \"inputs/embeddings_npy\"}";
    Path first = workspace.resolve("default.json");
    Path second = workspace.resolve("reference.json");
    Files.writeString(first, "{" + data + ", \"training\": {\"epochs\": 2}}");
    Files.writeString(
        second, "{" + data + ", \"training\": {\"recipe\": \"reference\", \"epochs\": 1}}");
    String[] words = {
      "--workspace",
      workspace.toString(),
      "bench",
      "recipe",
      "--splits",
      "3",
      "--input",
      first.toString(),
      "--input",
      second.toString()
    };

    String[] json = java.util.Arrays.copyOf(words, words.length + 1);
    json[words.length] = "--json";
    JsonNode judged = new ObjectMapper().readTree(run(json));
    assertThat(judged.path("utterances").asInt()).as("those of test take no part").isEqualTo(220);
    assertThat(judged.path("speakers"))
        .isEqualTo(new ObjectMapper().readTree("{\"train\": 12, \"dev\": 4, \"leftOut\": 4}"));
    JsonNode rows = judged.path("recipes");
    assertThat(rows).hasSize(5);
    assertThat(rows.get(0).path("recipe").asText()).isEqualTo("default, modified: epochs 2");
    // The labels are made up, so that nothing can be learnt but their mean.
    assertThat(rows.get(0).path("toMean").asDouble()).isBetween(0.9, 1.1);
    assertThat(rows.get(1).path("worseThanMean").asInt())
        .as("one epoch of raw targets")
        .isEqualTo(3);
    assertThat(rows.get(2).path("recipe").asText()).isEqualTo("ridge");
    assertThat(rows.get(2).path("lessRidge").path("mean").asDouble()).isZero();
    assertThat(rows.get(4).path("toMean").asDouble()).isEqualTo(1);
    for (JsonNode row : rows) {
      JsonNode less = row.path("lessRidge");
      assertThat(less.path("mean").asDouble())
          .isBetween(less.path("low").asDouble(), less.path("high").asDouble());
      double sum = 0;
      for (JsonNode mse : row.path("splits")) {
        sum += mse.asDouble();
      }
      assertThat(row.path("mse").asDouble()).isCloseTo(sum / 3, within(1e-9));
    }
    assertThat(run(words))
        .startsWith("220 utterances of 20 speakers, split 3 times: 12 train, 4 dev, 4 left out\n")
        .containsPattern("\nthe mean +\\d+\\.\\d{3} +1\\.000 +0 ");
  }

  private static String run(String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), words))
        .as(terminal.err())
        .isEqualTo(Exit.DONE);
    return terminal.out();
  }

  /** The sample, laid out as the Python system does. */
  private Path inputs() throws IOException {
    Path inputs = Files.createDirectory(workspace.resolve("inputs"));
    Files.createDirectory(inputs.resolve("embeddings_npy"));
    Files.copy(
        SAMPLE.resolve("embeddings_npy/numpy_embs.npy"),
        inputs.resolve("embeddings_npy/numpy_embs.npy"));
    writeLabels(Files.createDirectory(inputs.resolve("processed")));
    return inputs;
  }

  /** A rate for every utterance of the sample. */
  private static void writeLabels(Path folder) throws IOException {
    for (String[] split :
        new String[][] {
          {"train", "train-clean-100"}, {"dev", "dev-clean"}, {"test", "test-clean"}
        }) {
      List<String> lines = new ArrayList<>(List.of("sample_id,cps"));
      try (Stream<Path> files = Files.walk(SAMPLE.resolve("corpus").resolve(split[1]))) {
        files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.endsWith(".flac"))
            .forEach(name -> lines.add(name.replace(".flac", "") + "," + lines.size() % 9 + ".5"));
      }
      Files.write(folder.resolve(split[0] + "_cps.csv"), lines);
    }
  }

  private static void partsAddUp(JsonNode report, String... stages) {
    assertThat(report.path("parts").fieldNames()).toIterable().containsExactlyInAnyOrder(stages);
    for (JsonNode stage : report.path("parts")) {
      double sum = 0;
      for (String part : List.of("work", "writing", "hashing", "fsync", "commit")) {
        assertThat(stage.path(part).asDouble()).as(part).isNotNegative();
        sum += stage.path(part).asDouble();
      }
      assertThat(sum).isCloseTo(stage.path("total").asDouble(), within(1e-6));
    }
    for (String stage : stages) {
      if (!stage.equals("arrays")) {
        assertThat(report.path("parts").path(stage).path("hashing").asDouble()).isPositive();
        assertThat(report.path("parts").path(stage).path("fsync").asDouble()).isPositive();
        assertThat(report.path("parts").path(stage).path("commit").asDouble()).isPositive();
      }
    }
  }

  private void onlyInputsAreLeft(String... names) throws IOException {
    try (Stream<Path> left = Files.list(workspace.resolve("data/bench"))) {
      assertThat(left.map(each -> each.getFileName().toString())).containsExactlyInAnyOrder(names);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "labels --files 3",
        "labels --repeat 0",
        "labels --decode-files 0",
        "labels --corpus gone",
        "labels --python gone",
        "embeddings --inputs gone --no-python",
        "dataset --rows 7 --no-python",
        "dataset --no-python",
        "training --epochs 0",
        "training --sweeps 1,0 --no-python",
        "training --no-python",
        "evaluation --speakers 1",
        "encoder --audio gone --no-python",
        "encoder --audio . --encoder . --hours 0",
        "encoder --audio . --encoder . --hours 1 --heap lots",
        "evaluation --rows 30",
        "publishing"
      })
  void wrongInputIsOneLine(String line) {
    TerminalCapture terminal = new TerminalCapture(false);
    List<String> words = new ArrayList<>(List.of("bench"));
    words.addAll(List.of(line.split(" ", -1)));
    words.addAll(List.of("--workspace", workspace.toString()));
    assertThat(SpeechrateCommand.run(terminal.terminal(), words.toArray(String[]::new)))
        .isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err().lines().filter(each -> each.startsWith("speechrate"))).hasSize(1);
    assertThat(terminal.err()).doesNotContain("\tat ");
    assertThat(terminal.out()).isEmpty();
  }
}
