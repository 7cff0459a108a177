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
