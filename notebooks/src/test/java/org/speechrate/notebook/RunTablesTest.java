package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.probe.DescriptionLength;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.probe.ProbeScore;
import org.speechrate.pipeline.sweep.LeaderboardRow;
import org.speechrate.pipeline.sweep.SweepResult;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;

class RunTablesTest {
  @TempDir Path folder;

  @Test
  void metricsHaveOneRowPerSplitAndAnUndefinedR2IsMissing() {
    Table table = RunTables.metrics(FakeTrain.result("w", "r").evaluation());
    assertThat(table.columnNames())
        .containsExactly(
            "split", "n", "mse", "mse_low", "mse_high", "mae", "r2", "baseline_mse", "ridge_mse");
    assertThat(table.stringColumn("split").asList()).containsExactly("train", "dev", "test");
    assertThat(table.longColumn("n").get(2)).isEqualTo(48);
    assertThat(table.doubleColumn("mse").get(2)).isEqualTo(2.5);
    assertThat(table.doubleColumn("r2").isMissing(1)).isTrue();
    assertThat(table.doubleColumn("r2").get(2)).isEqualTo(0.375);
    assertThat(table.doubleColumn("baseline_mse").get(2)).isEqualTo(4.0);
    assertThat(table.doubleColumn("mse_low").isMissing(1)).isTrue();
    assertThat(table.doubleColumn("mse_low").get(2)).isEqualTo(2.0);
    assertThat(table.doubleColumn("mse_high").get(2)).isEqualTo(3.5);
    assertThat(table.doubleColumn("ridge_mse").get(2)).isEqualTo(2.75);
  }

  @Test
  void idsStayTextWhateverTheyLookLike() throws IOException {
    Table table =
        RunTables.predictions(
            file(
                "sample_id,split,speaker_id,true_cps,predicted_cps,ridge_cps,filename,true,predicted\n"
                    + "0012,test,007,10.5,11.25,11,0012,10.5,11.25\n"
                    + "NA,test,,9,8,8,NA,9,8\n"
                    + "\"a,\"\"b\"\"\",test,null,1e1,12,12,\"a,\"\"b\"\"\",1e1,12\n"));
    assertThat(table.columnNames())
        .containsExactly(
            "sample_id", "split", "speaker_id", "true_cps", "predicted_cps", "ridge_cps");
    assertThat(table.stringColumn("sample_id").asList()).containsExactly("0012", "NA", "a,\"b\"");
    assertThat(table.stringColumn("speaker_id").asList()).containsExactly("007", "", "null");
    assertThat(table.stringColumn("speaker_id").isMissing(1)).isTrue();
    assertThat(table.doubleColumn("true_cps").asDoubleArray()).containsExactly(10.5, 9, 10);
    assertThat(table.doubleColumn("predicted_cps").asDoubleArray()).containsExactly(11.25, 8, 12);
  }

  @Test
  void historyWithoutDevHasMissingLosses() throws IOException {
    Table table = RunTables.history(file("epoch,train_mse,dev_mse\n1,4.5,\n2,3.5,\n"));
    assertThat(table.column("epoch").type()).isEqualTo(ColumnType.INTEGER);
    assertThat(table.doubleColumn("train_mse").asDoubleArray()).containsExactly(4.5, 3.5);
    assertThat(table.doubleColumn("dev_mse").countMissing()).isEqualTo(2);
  }

  @Test
  void namesAnAbsentColumnAndTheOnesThatAreThere() throws IOException {
    Path file = file("epoch,loss\n1,2\n");
    assertThatThrownBy(() -> RunTables.history(file))
        .isInstanceOf(NotebookException.class)
        .hasMessageEndingWith("lacks the columns [train_mse, dev_mse]; it has [epoch, loss]");
  }

  @Test
  void aNumberThatIsNoneIsOneLine() throws IOException {
    Path file = file("epoch,train_mse,dev_mse\n1,many,2\n");
    assertThatThrownBy(() -> RunTables.history(file))
        .isInstanceOf(NotebookException.class)
        .hasMessageStartingWith("cannot read " + file)
        .hasMessageNotContaining("\n");
  }

  @Test
  void labelsHaveTextAndLengthWhereTheyAreKnown() throws IOException {
    Path samples =
        file("row,sample_id,split,speaker_id,cps\n1,b,train,7,9.5\n0,a,train,7,10\n2,c,test,,8\n");
    Files.writeString(
        folder.resolve("train_cps.csv"),
        """
        audio_path,text,cps,speaker_id,chapter_id,audio_id
        x,HELLO WORLD,10,7,1,a
        x,,9.5,7,1,b
        """);
    Files.writeString(
        folder.resolve("test_cps.csv"),
        "audio_path,text,cps,speaker_id,chapter_id,audio_id\nx,\"A, B\",8,,1,c\n");
    Path corpus =
        Files.writeString(
            folder.resolve("utterances.csv"),
            "sample_id,split,speaker_id,path,seconds,text\na,train,7,x,1.5,HELLO WORLD\n");
    Table table = RunTables.labels(samples, folder, Optional.of(corpus));
    assertThat(table.columnNames())
        .containsExactly("sample_id", "split", "speaker_id", "cps", "seconds", "letters", "text");
    assertThat(table.stringColumn("sample_id").asList()).containsExactly("b", "a", "c");
    assertThat(table.stringColumn("text").asList()).containsExactly("", "HELLO WORLD", "A, B");
    // 10 letters/s for 1.5 s.
    assertThat(table.intColumn("letters").get(1)).isEqualTo(15);
    assertThat(table.doubleColumn("seconds").countMissing()).isEqualTo(2);
    assertThat(RunTables.labels(samples, folder, Optional.empty()).column("seconds").countMissing())
        .isEqualTo(3);
  }

  @Test
  void runsHaveTheirSpecAndMetrics() {
    RunResult result = FakeTrain.result("train-a", "r1");
    RunRecord trained =
        new RunRecord(
            "train-a",
            "r1",
            "2026-01-02T03:04:05.678Z",
            "2026-01-02T03:05:05Z",
            "completed",
            result.verdict(),
            Optional.of(RunSpecReader.read(TrainSpec.create().hidden(64, 8).seed(3).json())),
            result.stages(),
            Optional.of(result));
    RunRecord refused =
        new RunRecord(
            "sweep-b",
            "r2",
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:05:05Z",
            "failed",
            "why",
            Optional.empty(),
            List.of(),
            Optional.empty());
    Table table = RunTables.runs(List.of(trained, refused), Map.of());
    assertThat(table.stringColumn("type").asList()).containsExactly("Train", "Sweep");
    assertThat(table.getString(0, "started")).startsWith("2026-01-02T03:04:05");
    assertThat(table.doubleColumn("test_mse").get(0)).isEqualTo(2.5);
    assertThat(table.stringColumn("hidden").get(0)).isEqualTo("[64, 8]");
    assertThat(table.longColumn("seed").get(0)).isEqualTo(3);
    assertThat(table.stringColumn("version").get(0)).isEqualTo("20261122-101500-0a1b2c3d");
    assertThat(table.doubleColumn("test_mse").isMissing(1)).isTrue();
    assertThat(table.longColumn("seed").isMissing(1)).isTrue();
    assertThat(table.stringColumn("what").get(1)).isEqualTo("failed: why");
    assertThat(RunTables.runs(List.of(refused), Map.of("r2", "Train")).getString(0, "type"))
        .isEqualTo("Train");
  }

  @Test
  void modelsNameTheirChampion() throws IOException {
    for (String version : List.of("20260101T000000Z-0000000a", "20260102T000000Z-0000000b")) {
      Path made = Files.createDirectories(folder.resolve("speech-rate").resolve(version));
      Files.writeString(made.resolve("model.safetensors"), "");
      Files.writeString(
          made.resolve("metrics.json"),
          "{\"splits\": {\"test\": {\"mse\": 2.5, \"baselineMse\": 4, \"r2\": null}},"
              + " \"verdict\": \"good\"}");
    }
    Files.writeString(
        folder.resolve("speech-rate/20260101T000000Z-0000000a/provenance.json"),
        "{\"created\": \"2026-01-01T00:00:00Z\"}");
    Path aliases = Files.createDirectories(folder.resolve("speech-rate/aliases"));
    Files.writeString(
        aliases.resolve("000001.json"),
        "{\"alias\": \"champion\", \"version\": \"20260101T000000Z-0000000a\"}");
    Table table = RunTables.models(new ModelFolder(folder), folder);
    assertThat(table.booleanColumn("champion").asList()).containsExactly(true, false);
    assertThat(table.doubleColumn("mean_mse").asDoubleArray()).containsExactly(4, 4);
    assertThat(table.doubleColumn("test_r2").countMissing()).isEqualTo(2);
    assertThat(table.dateTimeColumn("created").isMissing(1)).isTrue();
    assertThat(table.stringColumn("verdict").get(1)).isEqualTo("good");
  }

  @Test
  void aLeaderboardHasAColumnForEachChoice() {
    SweepResult sweep =
        new SweepResult(
            "s",
            "r",
            "verdict",
            List.of(
                new LeaderboardRow(
                    Optional.of(1),
                    2,
                    LeaderboardRow.State.TRAINED,
                    Optional.of(2.5),
                    7,
                    9,
                    Map.of("training.hidden", List.of(64)),
                    Optional.empty()),
                new LeaderboardRow(
                    Optional.empty(),
                    1,
                    LeaderboardRow.State.FAILED,
                    Optional.empty(),
                    0,
                    0,
                    Map.of("training.seed", 1),
                    Optional.of("why"))),
            Map.of(),
            Map.of(),
            Optional.empty(),
            List.of());
    Table table = RunTables.leaderboard(sweep);
    assertThat(table.columnNames())
        .containsExactly(
            "rank",
            "variant",
            "state",
            "dev_mse",
            "kept_epoch",
            "epochs",
            "training.hidden",
            "training.seed",
            "failure");
    assertThat(table.getString(0, "training.hidden")).isEqualTo("[64]");
    assertThat(table.intColumn("rank").isMissing(1)).isTrue();
    assertThat(table.getString(1, "failure")).isEqualTo("why");
  }

  @Test
  void layersHaveWhatTheProbeFound() {
    Score score =
        new Score(Optional.of(0.5), Optional.of(new Interval(0.25, 0.75)), Optional.empty());
    Score none = new Score(Optional.empty(), Optional.empty(), Optional.of("no control"));
    ProbeScore found = new ProbeScore(Optional.of(0.4), score, none, none);
    ProbeResult probe =
        new ProbeResult(
            "p",
            "r",
            "verdict",
            List.of(
                new LayerRow(
                    "layer_0",
                    Optional.of(0.9),
                    Optional.empty(),
                    Optional.of(
                        new LayerScores(
                            256,
                            44,
                            Optional.of(4L),
                            found,
                            found,
                            DescriptionLength.absent("too few"),
                            score)),
                    Optional.empty()),
                new LayerRow(
                    "layer_1",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("why"))),
            new Artifact("data/stages/evaluation/fake", "00", 1),
            List.of());
    Table table = RunTables.layers(probe);
    assertThat(table.doubleColumn("ridge_test_low").get(0)).isEqualTo(0.25);
    assertThat(table.doubleColumn("network_dev_r2").get(0)).isEqualTo(0.4);
    assertThat(table.doubleColumn("ridge_selectivity").isMissing(0)).isTrue();
    assertThat(table.doubleColumn("cca").get(0)).isEqualTo(0.5);
    assertThat(table.intColumn("dimension").isMissing(1)).isTrue();
    assertThat(table.getString(1, "failure")).isEqualTo("why");
  }

  @Test
  void aComparisonHasItsDifferencesAndSaysWhichIsBetter() throws IOException {
    String score = "{\"value\": %s, \"interval\": {\"low\": %s, \"high\": %s}, \"reason\": null}";
    String scores = "{\"mse\": %s, \"mae\": {\"value\": null, \"interval\": null}}";
    Comparison comparison =
        RunTables.comparison(
            String.format(
                "{\"names\": [\"a\", \"b\"], \"test\": {\"utterances\": 44, \"scores\": [%s, %s],"
                    + " \"less\": [%s]}, \"differences\": {\"training.seed\": [\"0\", \"\"]}}",
                String.format(scores, String.format(score, 2, 1, 3)),
                String.format(scores, String.format(score, 4, 2, 6)),
                String.format(scores, String.format(score, -2, -3, -1))));
    assertThat(comparison.utterances()).isEqualTo(44);
    assertThat(comparison.metrics().stringColumn("which").asList())
        .containsExactly("a", "b", "a minus b");
    assertThat(comparison.metrics().doubleColumn("mse").asDoubleArray()).containsExactly(2, 4, -2);
    assertThat(comparison.metrics().doubleColumn("mae").countMissing()).isEqualTo(3);
    assertThat(comparison.verdict()).isEqualTo("a has a smaller MSE than b");
    assertThat(comparison.differences().columnNames()).containsExactly("field", "a", "b");
    assertThat(comparison.differences().getString(0, "a")).isEqualTo("0");
    assertThat(comparison.differences().column("b").isMissing(0)).isTrue();
  }

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("file.csv"), content);
  }
}
