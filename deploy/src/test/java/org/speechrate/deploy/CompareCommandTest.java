package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.store.Json;

class CompareCommandTest {
  private static final String HEADER = "sample_id,split,speaker_id,true_cps,predicted_cps\n";

  @TempDir Path workspace;

  @BeforeEach
  void runs() throws IOException {
    // Errors of a: 1 for both speakers; of b: 2 and 3; z is only in a, y has another label in b.
    run("a", 7, "t,train,s0,5,9\nu,test,s1,10,11\nv,test,s2,12,13\nz,test,s2,9,9\ny,test,s2,8,8\n");
    run("b", 8, "v,test,s2,12,15\nu,test,s1,10,12\ny,test,s2,7,8\n");
  }

  private void run(String name, int seed, String predictions) throws IOException {
    String uri = "data/stages/evaluation/" + name;
    Path folder = Files.createDirectories(workspace.resolve(uri));
    Files.writeString(folder.resolve("predictions.csv"), HEADER + predictions);
    Path file = new RunFiles(workspace).record(name, "run-" + name);
    Files.createDirectories(file.getParent());
    Files.write(
        file,
        Json.write(
            new RunRecord(
                name,
                "run-" + name,
                "2026-01-02T03:04:05Z",
                "2026-01-02T03:04:06Z",
                "completed",
                "",
                Optional.of(RunSpecReader.read("{\"training\": {\"seed\": " + seed + "}}")),
                List.of(
                    stage(Stage.DATASET, "data/stages/dataset/d", "0123456789abcdef"),
                    stage(Stage.EVALUATION, uri, name)),
                Optional.empty())));
  }

  private static StageState stage(Stage stage, String uri, String sha256) {
    return new StageState(
        stage, StageState.State.DONE, "", 1, Optional.of(new Artifact(uri, sha256, 1)));
  }

  private TerminalCapture compare(int exit, String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] all = new String[words.length + 3];
    all[0] = "compare";
    System.arraycopy(words, 0, all, 1, words.length);
    all[words.length + 1] = "--workspace";
    all[words.length + 2] = workspace.toString();
    assertThat(SpeechrateCommand.run(terminal.terminal(), all)).as(terminal.err()).isEqualTo(exit);
    return terminal;
  }

  @Test
  void theSameUtterancesAreJudgedWithPairedIntervals() throws IOException {
    JsonNode json = new ObjectMapper().readTree(compare(Exit.DONE, "a", "b", "--json").out());
    assertThat(json.at("/test/utterances").asInt()).isEqualTo(2);
    assertThat(json.at("/test/leftOut").asInt()).isEqualTo(2);
    assertThat(json.at("/test/scores/0/mse/value").asDouble()).isEqualTo(1);
    assertThat(json.at("/test/scores/1/mse/value").asDouble()).isEqualTo(6.5);
    // s1 alone 1 - 4, s2 alone 1 - 9.
    assertThat(json.at("/test/less/0/mse/interval/low").asDouble()).isEqualTo(-8);
    assertThat(json.at("/test/less/0/mse/interval/high").asDouble()).isEqualTo(-3);
    assertThat(json.at("/differences").fieldNames()).toIterable().containsExactly("training.seed");
    assertThat(json.at("/differences/training.seed/1").asText()).isEqualTo("8");
  }

  @Test
  void peopleSeeWhichIsBetterAndWhatDiffers() {
    assertThat(compare(Exit.DONE, "a", "b").out())
        .startsWith(
            "2 test utterances of 2 speakers; 2 that not all have, or not with the same label,"
                + " left out\n")
        .contains("\nA  a   1.000 [1.000, 1.000]")
        .contains("\nA - B  -5.500 [-8.000, -3.000]")
        .contains(
            "\nA has a smaller MSE than B\non these 2 speakers: so few make intervals rough\n")
        .containsPattern("training.seed +7 +8\n");
    assertThat(compare(Exit.DONE, "a", "a").out())
        .contains("A and B cannot be told apart\n")
        .endsWith("input and data are the same\n");
    assertThat(compare(Exit.DONE, "b", "a", "--bootstrap", "0").out())
        .contains("A and B: no interval was asked for");
  }

  @Test
  void aPublishedVersionIsFoundByItsProvenance() throws IOException {
    Path version = Files.createDirectories(workspace.resolve("models/m/v1"));
    Files.write(
        version.resolve("provenance.json"),
        Json.write(
            Map.of(
                "spec",
                RunSpecReader.read(""),
                "artifacts",
                Map.of("evaluation", new Artifact("data/stages/evaluation/b", "b", 1)))));
    assertThat(compare(Exit.DONE, "a", "models/m/v1").out())
        .contains("B  models/m/v1  6.500")
        .containsPattern("training.seed +7 +0\n");
  }

  @Test
  void whatCannotBeComparedIsOneLine() throws IOException {
    assertThat(compare(Exit.WRONG_INPUT, "a", "gone").err()).contains("there is no run gone");
    assertThat(compare(Exit.WRONG_INPUT, "a").err().lines()).hasSize(1);
    run("c", 9, "other,test,s1,10,12\n");
    assertThat(compare(Exit.RUN_FAILED, "a", "c").err())
        .contains("they have no test utterance with the same sample_id and cps in common");
    run("d", 9, "u,test,s1,ten,12\n");
    assertThat(compare(Exit.RUN_FAILED, "a", "d").err())
        .contains("line 2: true_cps must be a number, got \"ten\"");
    Files.delete(workspace.resolve("data/stages/evaluation/d/predictions.csv"));
    Files.delete(workspace.resolve("data/stages/evaluation/d"));
    assertThat(compare(Exit.RUN_FAILED, "a", "d").err())
        .contains("the predictions of d are gone: data/stages/evaluation/d; run it again");
  }
}
