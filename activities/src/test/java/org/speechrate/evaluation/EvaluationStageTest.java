package org.speechrate.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationRequest;
import org.speechrate.pipeline.evaluation.EvaluationSpec;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.stage.StageMonitor;
import org.speechrate.training.TestStages;

class EvaluationStageTest {
  @TempDir Path root;
  private TestStages stages;
  private Optional<Artifact> labels = Optional.empty();

  @BeforeEach
  void open() {
    stages = new TestStages(root);
  }

  /** cps = 10 + 2 × the first value + the others × 0. */
  private Artifact model(int dimension) throws IOException {
    float[] weights = new float[dimension];
    weights[0] = 2;
    Map<String, Tensor> tensors =
        Map.of(
            "fc1.weight", new Tensor(List.of(1, dimension), weights),
            "fc1.bias", new Tensor(List.of(1), new float[] {10}));
    Artifact artifact = stages.write("data/stages/training/made-up", "x", "", 1);
    Files.write(
        stages.open(artifact).resolve("weights.safetensors"),
        new SafeTensors(tensors, Map.of()).toBytes());
    return artifact;
  }

  /** First values of the rows: 0, 1, 2, 3, 4, 5. */
  private Artifact embeddings() throws IOException {
    float[][] matrix = new float[6][2];
    for (int i = 0; i < 6; i++) {
      matrix[i][0] = i;
    }
    Artifact artifact = stages.write("data/stages/embeddings/six", "x", "", 6);
    Files.write(stages.open(artifact).resolve("x.npy"), TestStages.npy(matrix));
    return artifact;
  }

  private Artifact dataset(String rows) throws IOException {
    return stages.write(
        "data/stages/dataset/six", "samples.csv", "row,sample_id,split,speaker_id,cps\n" + rows, 6);
  }

  private StageResult<EvaluationFacts> evaluate(Artifact dataset, int dimension)
      throws IOException {
    return new EvaluationStage(stages)
        .evaluate(
            new EvaluationRequest(
                stages.workspace().id(),
                true,
                dataset,
                embeddings(),
                model(dimension),
                "no speaker is in two splits",
                labels,
                new EvaluationSpec(200)),
            StageMonitor.silent());
  }

  /** Golden output of version 4, by hand; what differs is another version. */
  @Test
  void evaluatesEachSplitByHand() throws IOException {
    assertThat(EvaluationStage.VERSION).isEqualTo(4);
    // Predictions 10 + 2 · row: train 10, 12; dev 14; test 20, 16, 18.
    Artifact dataset =
        dataset(
            "0,a,train,s1,11\n1,\"b,\"\"c\"\"\",train,s2,13\n2,d,dev,s3,14\n"
                + "5,e,test,s4,19\n3,f,test,s4,15\n4,g,test,s5,20\n");
    StageResult<EvaluationFacts> result = evaluate(dataset, 2);

    Map<String, SplitMetrics> splits = result.facts().splits();
    assertThat(splits.keySet()).containsExactly("train", "dev", "test");
    // Errors -1, -1; the mean is 12: 1, 1.
    assertThat(splits.get("train").mse()).isEqualTo(1);
    assertThat(splits.get("train").baselineMse()).isEqualTo(1);
    assertThat(splits.get("train").r2()).contains(0.0);
    // One utterance, met exactly.
    assertThat(splits.get("dev").mse()).isZero();
    assertThat(splits.get("dev").r2()).isEmpty();
    // Errors 1, 1, -2: MSE 2, MAE 4/3; the mean's -7, -3, -8: 122/3 and 6;
    // own mean 18, squares about it 1 + 9 + 4 = 14: R² = 1 - 6/14.
    // s4 alone: 1 against 29; s5 alone: 4 against 64.
    assertThat(splits.get("test").mse()).isEqualTo(2, within(1e-12));
    assertThat(splits.get("test").mae()).isEqualTo(4 / 3.0, within(1e-12));
    assertThat(splits.get("test").baselineMse()).isEqualTo(122 / 3.0, within(1e-12));
    assertThat(splits.get("test").baselineMae()).isEqualTo(6, within(1e-12));
    assertThat(splits.get("test").r2().orElseThrow()).isEqualTo(8 / 14.0, within(1e-12));
    assertThat(result.facts().verdict())
        .isEqualTo(
            "Better than the mean on test: MSE 2.00 against 40.67 (95 % interval of the difference"
                + " -60.00 to -28.00); ridge regression needs at least 3 train utterances, there are"
                + " 2; 3 utterances of 2 unseen speakers, so few that the interval is rough; too few"
                + " to tell: at least 30 utterances of 2 speakers are needed");

    Path folder = stages.open(result.artifact());
    assertThat(Files.readString(folder.resolve("predictions.csv")))
        .isEqualTo(
            "sample_id,split,speaker_id,true_cps,predicted_cps,ridge_cps,filename,true,predicted\n"
                + "a,train,s1,11.0,10.0,,a,11.0,10.0\n"
                + "\"b,\"\"c\"\"\",train,s2,13.0,12.0,,\"b,\"\"c\"\"\",13.0,12.0\n"
                + "d,dev,s3,14.0,14.0,,d,14.0,14.0\n"
                + "e,test,s4,19.0,20.0,,e,19.0,20.0\n"
                + "f,test,s4,15.0,16.0,,f,15.0,16.0\n"
                + "g,test,s5,20.0,18.0,,g,20.0,18.0\n");
    String json = Files.readString(folder.resolve("metrics.json"), StandardCharsets.UTF_8);
    JsonNode metrics = new ObjectMapper().readTree(json);
    assertThat(metrics.at("/splits/dev/r2").isNull()).isTrue();
    assertThat(metrics.at("/splits/dev/r2Reason").asText())
        .isEqualTo("R² needs at least 2 utterances, there is 1");
    assertThat(metrics.at("/splits/test/mse").asDouble()).isEqualTo(2, within(1e-12));
    assertThat(metrics.at("/splits/test/r2Reason").isNull()).isTrue();
    assertThat(metrics.at("/trainMeanCps").asDouble()).isEqualTo(12);
    assertThat(metrics.at("/betterThanMean").asBoolean()).isTrue();
    assertThat(metrics.at("/verdict").asText()).isEqualTo(result.facts().verdict());
    assertThat(json).doesNotContain("NaN");
  }

  @Test
  void reportsForPeople() throws IOException {
    Artifact dataset =
        dataset("0,a,train,s1,11\n1,b,train,s2,13\n5,<e>,test,s4,19\n3,f,test,s4,15\n");
    Path folder = stages.open(evaluate(dataset, 2).artifact());
    String report = Files.readString(folder.resolve("report.html"));
    assertThat(report)
        .startsWith("<!DOCTYPE html>")
        .contains("Better than the mean on test")
        .contains("&lt;e&gt;")
        .contains("no speaker is in two splits")
        .contains("sha256 " + dataset.sha256())
        .doesNotContain("NaN");
  }

  @Test
  void reusesMetricsOfTheSameModelAndData() throws IOException {
    Artifact dataset = dataset("0,a,train,s1,11\n1,b,test,s2,13\n");
    assertThat(evaluate(dataset, 2).reused()).isFalse();
    assertThat(evaluate(dataset, 2).reused()).isTrue();
  }

  @Test
  void evaluatesMoreRowsThanOneBlockHolds() throws IOException {
    StringBuilder rows = new StringBuilder("0,a,train,s1,11\n");
    for (int i = 0; i < 2500; i++) {
      rows.append("1,t").append(i).append(",test,s2,").append(12 + i % 2).append('\n');
    }
    // Prediction 12 everywhere, half of the labels 13: MSE 0.5.
    StageResult<EvaluationFacts> result = evaluate(dataset(rows.toString()), 2);
    assertThat(result.facts().splits().get("test").mse()).isEqualTo(0.5);
    assertThat(result.facts().splits().get("test").n()).isEqualTo(2500);
    assertThat(result.facts().rows()).isEqualTo(2501);
    assertThat(result.facts().splits()).doesNotContainKey("dev");
  }

  @Test
  void showsTheTestSplitInParts() throws IOException {
    // 20 letters in 1, 2 and 10 s; g has no label text.
    String twenty = "a".repeat(20);
    labels =
        Optional.of(
            stages.write(
                "data/stages/labels/three",
                "test_cps.csv",
                "audio_path,text,cps,speaker_id,chapter_id,audio_id\n"
                    + "raw/e.flac,"
                    + twenty
                    + ",20,s4,,e\n"
                    + "raw/f.flac,\""
                    + twenty
                    + "\n<b>\",2,s4,,f\n"
                    + "raw/g.flac,,20,s5,,g\n",
                3));
    Artifact dataset =
        dataset(
            """
            0,a,train,s1,11
            1,b,train,s2,12
            2,c,train,s3,15
            5,e,test,s4,20
            3,f,test,s4,2
            4,g,test,s5,20
            """);
    Path folder = stages.open(evaluate(dataset, 2).artifact());
    JsonNode metrics =
        new ObjectMapper().readTree(Files.readAllBytes(folder.resolve("metrics.json")));

    JsonNode breakdown = metrics.get("breakdown");
    // Predictions 20, 16, 18 of 20, 2, 20: s4 (0 + 196) / 2, s5 4.
    assertThat(breakdown.at("/perSpeaker/0/name").asText()).isEqualTo("s4");
    assertThat(breakdown.at("/perSpeaker/0/mse").asDouble()).isEqualTo(98, within(1e-12));
    assertThat(breakdown.at("/perSpeaker/0/trueMean").asDouble()).isEqualTo(11, within(1e-12));
    assertThat(breakdown.at("/perSpeaker/1/mse").asDouble()).isEqualTo(4, within(1e-12));
    assertThat(breakdown.at("/perSpeaker/1/ridgeMse").isNumber()).isTrue();
    assertThat(breakdown.get("perDurationBand").findValuesAsText("name"))
        .containsExactly("below 2 s", "10 to 15 s", "not known");
    assertThat(breakdown.get("perCpsBand").findValuesAsText("name"))
        .containsExactly("2 to 4 letters/s", "20 to 22 letters/s");
    assertThat(breakdown.at("/perCpsBand/1/n").asInt()).isEqualTo(2);
    JsonNode worst = breakdown.at("/worst/0");
    assertThat(worst.get("sampleId").asText()).isEqualTo("f");
    assertThat(worst.get("error").asDouble()).isEqualTo(14);
    assertThat(worst.get("text").asText()).isEqualTo(twenty + "\n<b>");
    assertThat(worst.get("audioPath").asText()).isEqualTo("raw/f.flac");
    assertThat(breakdown.at("/worst/2/seconds").asDouble()).isEqualTo(1);
    // About their means, 14 and 18: labels 6, -12, 6 and predictions 2, -2, 0: 36 / 8 and
    // √(8 / 216).
    assertThat(breakdown.at("/calibration/slope").asDouble()).isEqualTo(4.5, within(1e-12));
    assertThat(breakdown.at("/calibration/intercept").asDouble())
        .isEqualTo(14 - 4.5 * 18, within(1e-9));
    assertThat(breakdown.at("/calibration/spread").asDouble())
        .isEqualTo(Math.sqrt(8 / 216.0), within(1e-12));
    assertThat(breakdown.get("notes")).isEmpty();

    JsonNode test = metrics.at("/splits/test/scores");
    assertThat(test.at("/speakers").asInt()).isEqualTo(2);
    assertThat(test.at("/lessMean/mse/interval/low").isNumber()).isTrue();
    assertThat(test.at("/mean/pearson/reason").asText())
        .isEqualTo("a correlation needs predictions that differ, all 3 are the same");
    assertThat(Files.readAllLines(folder.resolve("metrics.txt")))
        .startsWith(
            "MSE: 66.6667", "MAE: 5.3333", "R2: 0.0741", "", metrics.get("verdict").asText())
        .contains("train: utterances 3, speakers 3", "Test, by length")
        .anyMatch(line -> line.startsWith("f  s4 ") && line.endsWith("?<b>  raw/f.flac"));
  }

  @Test
  void oneSpeakerAndConstantLabelsEndInSentences() throws IOException {
    Artifact dataset =
        dataset(
            """
            0,a,train,s1,12
            1,b,train,s2,12
            2,c,train,s3,12
            3,d,test,s4,12
            4,e,test,s4,12
            """);
    StageResult<EvaluationFacts> result = evaluate(dataset, 2);
    SplitMetrics test = result.facts().splits().get("test");
    assertThat(test.r2Reason()).contains("R² needs labels that differ, all 2 are 12.0 letters/s");
    assertThat(test.mseInterval()).isEmpty();
    assertThat(test.pearson()).isEmpty();
    // The mean and ridge regression meet every label; 16 and 18 miss by 4 and 6.
    assertThat(test.ridgeMse()).contains(0.0);
    assertThat(result.facts().verdict())
        .isEqualTo(
            "WORSE than the mean on test: MSE 26.00 against 0.00; beside ridge regression, MSE 0.00;"
                + " 2 utterances of 1 unseen speaker; too few to tell: at least 30 utterances of 2"
                + " speakers are needed; an interval needs at least 2 speakers, the test split has"
                + " 1; not fit for use");
    Path folder = stages.open(result.artifact());
    assertThat(Files.readString(folder.resolve("metrics.txt")))
        .startsWith("MSE: 26.0000\nMAE: 5.0000\nR2: undefined: R² needs labels that differ")
        .contains("\n— an interval needs at least 2 speakers, the test split has 1\n")
        .contains("\n- lengths, texts and audio paths: the run tells of no labels\n");
    assertThat(Files.readString(folder.resolve("metrics.json"))).doesNotContain("NaN", "Infinity");
  }

  @Test
  void speakersThatAreNotKnownHaveNoInterval() throws IOException {
    StringBuilder rows = new StringBuilder("0,a,train,,11\n1,b,train,,12\n2,c,train,,14\n");
    for (int i = 0; i < 40; i++) {
      rows.append(i % 6)
          .append(",t")
          .append(i)
          .append(",test,,")
          .append(10 + 2 * (i % 6))
          .append('\n');
    }
    StageResult<EvaluationFacts> result = evaluate(dataset(rows.toString()), 2);
    assertThat(result.facts().verdict())
        .startsWith("Better than the mean on test: MSE 0.00 against ")
        .contains("; beside ridge regression, MSE ")
        .contains("; 40 utterances, speakers not known; ")
        .endsWith("and there is no interval over speakers");
    JsonNode metrics =
        new ObjectMapper()
            .readTree(Files.readAllBytes(stages.open(result.artifact()).resolve("metrics.json")));
    assertThat(metrics.at("/splits/test/scores/speakers").isNull()).isTrue();
    assertThat(metrics.at("/splits/test/scores/model/mse/reason").asText())
        .isEqualTo("an interval needs speakers, and they are not known");
    assertThat(metrics.at("/breakdown/notes/1").asText()).isEqualTo("speakers: they are not known");
  }

  @Test
  void refusesWhatCannotBeEvaluated() throws IOException {
    Artifact noTest = dataset("0,a,train,s1,11\n");
    assertThatThrownBy(() -> evaluate(noTest, 2))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "evaluation needs at least 1 utterance in split test, got 0 of the dataset's 1");
    Artifact both = dataset("0,a,train,s1,11\n0,b,test,s1,11\n");
    assertThatThrownBy(() -> evaluate(both, 3))
        .isInstanceOf(Refusal.class)
        .hasMessage("the model takes embeddings of 3 values, got 2");
    Artifact other = dataset("0,a,train,s1,11\n0,b,test,s1,11\n0,c,validation,s1,11\n");
    assertThatThrownBy(() -> evaluate(other, 2))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "sample c: its split must be one of [train, dev, test] and its prediction finite, got"
                + " \"validation\" and 10.0");
  }
}
