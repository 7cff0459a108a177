package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.ModelFolder;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.Tensor;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;

class ModelsCommandTest {
  @TempDir Path temporary;
  private Path folder;
  private ModelFolder models;
  private TerminalCapture terminal;

  @BeforeEach
  void threeVersions() throws Exception {
    folder = temporary.toRealPath();
    models = new ModelFolder(folder.resolve("models"));
    for (String version : List.of("v1", "v2", "v3")) {
      publish("m", version);
    }
  }

  private void publish(String model, String version) throws Exception {
    Path made = Files.createDirectories(folder.resolve("models").resolve(model).resolve(version));
    Path weights = made.resolve("model.safetensors");
    Files.write(
        weights,
        new SafeTensors(
                Map.of(
                    "fc1.weight", new Tensor(List.of(1, 2), new float[] {2, 1}),
                    "fc1.bias", new Tensor(List.of(1), new float[] {10})),
                Map.of("version", version))
            .toBytes());
    Files.write(
        made.resolve("provenance.json"),
        Json.write(
            Map.of(
                "created",
                "2026-01-02T03:04:05Z",
                "reason",
                "better than the mean: …",
                "evaluation",
                Map.of(
                    "verdict",
                    "Better than the mean",
                    "splits",
                    Map.of("test", Map.of("mse", 2.6))),
                "files",
                Map.of("model.safetensors", SourceHashes.hash(weights)))));
  }

  private int run(String... words) {
    terminal = new TerminalCapture(false);
    List<String> all = new ArrayList<>(List.of("--workspace", folder.toString(), "models"));
    all.addAll(List.of(words));
    return SpeechrateCommand.run(terminal.terminal(), all.toArray(String[]::new));
  }

  private void promote(String version) {
    assertThat(run("promote", "m@" + version, "--who", "Ana", "--why", "best")).isEqualTo(0);
  }

  private String champion() throws Exception {
    return models.resolve("m@champion").getFileName().toString();
  }

  @Test
  void listsVersionsAndMarksTheChampion() throws Exception {
    promote("v2");

    assertThat(run("list")).isEqualTo(Exit.DONE);
    assertThat(terminal.out().lines())
        .hasSize(4)
        .anyMatch(
            line ->
                line.matches(
                    "m +v2 +champion +2026-01-02T03:04:05Z +2\\.600  Better than the mean"))
        .anyMatch(line -> line.matches("m +v3 +2026-01-02T03:04:05Z +2\\.600  Better.*"));

    assertThat(run("list", "m", "--json")).isEqualTo(Exit.DONE);
    JsonNode json = new ObjectMapper().readTree(terminal.out());
    assertThat(json.findValuesAsText("version")).containsExactly("v1", "v2", "v3");
    assertThat(json.at("/1/champion").asBoolean()).isTrue();
    assertThat(json.at("/1/testMse").asDouble()).isEqualTo(2.6);
  }

  @Test
  void aModelThatIsNotThereIsAnsweredWithThoseThatAre() {
    for (String command : List.of("list", "show", "verify", "gc")) {
      assertThat(run(command, "n")).as(command).isEqualTo(Exit.WRONG_INPUT);
      assertThat(terminal.err()).isEqualTo("speechrate: there is no model \"n\"; published: m\n");
    }
    assertThat(run("rollback", "m@v1", "--who", "Ana", "--why", "x")).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).isEqualTo("speechrate: give the model's name alone, such as m\n");
  }

  @Test
  void promotesAndGoesBackStepByStep() throws Exception {
    promote("v1");
    promote("v2");
    promote("v3");
    assertThat(terminal.out()).isEqualTo("champion of m is now v3\n");
    assertThat(run("promote", "m@v3", "--who", "Ana", "--why", "x")).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).isEqualTo("speechrate: v3 is the champion of model m already\n");

    assertThat(run("rollback", "m", "--who", "Ben", "--why", "worse")).isEqualTo(Exit.DONE);
    assertThat(terminal.out()).isEqualTo("champion of m is again v2, no more v3\n");
    assertThat(champion()).isEqualTo("v2");
    assertThat(run("rollback", "m", "--who", "Ben", "--why", "worse")).isEqualTo(Exit.DONE);
    assertThat(champion()).isEqualTo("v1");
    assertThat(run("rollback", "m", "--who", "Ben", "--why", "worse")).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err())
        .isEqualTo(
            "speechrate: model m had no champion before this one that is still there; `models"
                + " promote` names any version\n");

    assertThat(run("show", "m")).isEqualTo(Exit.DONE);
    assertThat(terminal.out())
        .startsWith("m@v1  champion\nBetter than the mean\n")
        .contains("widths    [2, 1]\n", "test MSE  2.600\n")
        .containsPattern("   1  .*Z  champion is v1, by Ana \\(\\d+@.*\\): best\n")
        .containsPattern("   5  .*Z  champion is v1, by Ben \\(\\d+@.*\\): worse\n");
    assertThat(run("show", "m@v3", "--json")).isEqualTo(Exit.DONE);
    JsonNode json = new ObjectMapper().readTree(terminal.out());
    assertThat(json.at("/path").asText()).isEqualTo("models/m/v3");
    assertThat(json.at("/aliases/5/previous").asText()).isEqualTo("v2");
  }

  /** As the run that made it had publishing.alsoWrite. */
  private void publishAlsoWriting(String version, float bias, String alsoWrite) throws Exception {
    publish("m", version);
    Path made = folder.resolve("models/m/" + version);
    Files.write(
        made.resolve("model.safetensors"),
        new SafeTensors(
                Map.of(
                    "fc1.weight", new Tensor(List.of(1, 2), new float[] {2, 1}),
                    "fc1.bias", new Tensor(List.of(1), new float[] {1}),
                    "fc2.weight", new Tensor(List.of(1, 1), new float[] {1}),
                    "fc2.bias", new Tensor(List.of(1), new float[] {bias})),
                Map.of("activation", "relu"))
            .toBytes());
    Files.write(
        made.resolve("provenance.json"),
        Json.write(Map.of("spec", Map.of("publishing", Map.of("alsoWrite", alsoWrite)))));
  }

  @Test
  void theFileOfThePythonSystemFollowsTheChampion() throws Exception {
    publishAlsoWriting("w1", 1, "models/regression_model.pt");
    publishAlsoWriting("w2", 2, "models/regression_model.pt");
    Path file = folder.resolve("models/regression_model.pt");
    promote("w1");
    assertThat(terminal.err())
        .isEqualTo("wrote it to models/regression_model.pt, as publishing.alsoWrite wants\n");
    byte[] first = Files.readAllBytes(file);
    promote("w2");
    assertThat(Files.readAllBytes(file)).isNotEqualTo(first);
    assertThat(run("rollback", "m", "--who", "Ana", "--why", "worse")).isEqualTo(Exit.DONE);
    assertThat(file).hasBinaryContent(first);
    assertThat(run("export", "m", "--format", "python", "--to", folder.resolve("out").toString()))
        .isEqualTo(Exit.DONE);
    assertThat(folder.resolve("out/regression_model.pt")).hasBinaryContent(first);
  }

  @Test
  void whereTheFileCannotFollowItSaysSo() throws Exception {
    Path outside = Files.createDirectory(temporary.resolveSibling(temporary.getFileName() + "-py"));
    try {
      Path file = outside.toRealPath().resolve("old.pt");
      publishAlsoWriting("w1", 1, file.toString());
      promote("w1");
      assertThat(terminal.out()).isEqualTo("champion of m is now w1\n");
      assertThat(terminal.err())
          .startsWith(file + " does not hold this version: publishing.alsoWrite: \"" + file)
          .contains(" is outside the workspace; ", "--allow-write; `", "--format python --force")
          .hasLineCount(1);
      assertThat(file).doesNotExist();
      assertThat(
              run(
                  "promote",
                  "m@v3",
                  "--who",
                  "A",
                  "--why",
                  "b",
                  "--allow-write",
                  outside.toString()))
          .isEqualTo(Exit.DONE);
      assertThat(terminal.err())
          .as("it was w1's, but v3 has no hidden layer")
          .startsWith(file + " does not hold this version: ProbingCls has one hidden layer");
      assertThat(
              run("rollback", "m", "--who", "A", "--why", "b", "--allow-write", outside.toString()))
          .isEqualTo(Exit.DONE);
      assertThat(file).isNotEmptyFile();
    } finally {
      Durable.deleteFolder(outside);
    }
  }

  @Test
  void whoAndWhyAreNeeded() {
    assertThat(run("promote", "m@v1", "--who", "Ana")).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).contains("Missing required option: '--why=TEXT'");
    assertThat(run("promote", "m@v1", "--who", " ", "--why", "x")).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).startsWith("speechrate: who must be 1 to 1000 characters");
    assertThat(run("promote", "m", "--who", "Ana", "--why", "x")).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).startsWith("speechrate: say which version, as NAME@VERSION, got m");
    assertThat(run("promote", "--run", "none", "--who", "Ana", "--why", "x"))
        .isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).startsWith("speechrate: there is no run none that has ended; ");
  }

  @Test
  void verifySaysWhichFileDiffers() throws Exception {
    assertThat(run("verify")).isEqualTo(Exit.DONE);
    assertThat(terminal.out()).isEqualTo("3 of 3 versions are as they were published\n");

    Path weights = folder.resolve("models/m/v2/model.safetensors");
    byte[] content = Files.readAllBytes(weights);
    content[content.length - 1] ^= 1;
    Files.write(weights, content);
    Files.delete(folder.resolve("models/m/v3/model.safetensors"));
    Files.write(folder.resolve("models/m/v1/extra"), new byte[0]);

    assertThat(run("verify", "m@v2")).isEqualTo(Exit.RUN_FAILED);
    assertThat(terminal.out())
        .startsWith("differs models/m/v2/model.safetensors has sha256 ")
        .contains(", it was published with ")
        .endsWith("\n0 of 1 versions are as they were published\n");
    assertThat(run("verify", "m", "--json")).isEqualTo(Exit.RUN_FAILED);
    JsonNode json = new ObjectMapper().readTree(terminal.out());
    assertThat(json.at("/0/differences/extra").asText())
        .isEqualTo("was not published with the version");
  }

  @Test
  void gcKeepsTheChampionTheOneBeforeAndTheNewest() throws Exception {
    for (String version : List.of("v4", "v5")) {
      publish("m", version);
    }
    promote("v1");
    promote("v3");

    assertThat(run("gc", "--keep", "1")).isEqualTo(Exit.DONE);
    assertThat(terminal.out())
        .isEqualTo("models/m/v2\nmodels/m/v4\nwould delete 2 versions; with --delete it does\n");
    assertThat(models.versions("m")).hasSize(5);
    assertThat(run("gc", "m", "--keep", "1", "--delete")).isEqualTo(Exit.DONE);
    assertThat(terminal.out()).endsWith("deleted 2 versions\n");
    assertThat(models.versions("m")).containsExactly("v1", "v3", "v5");
    try (var left = Files.list(folder.resolve("models/m"))) {
      assertThat(left.map(each -> each.getFileName().toString()))
          .containsExactlyInAnyOrder("aliases", "v1", "v3", "v5");
    }
    assertThat(run("gc", "--keep", "0")).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).isEqualTo("speechrate: --keep must be at least 1, got 0\n");
  }
}
