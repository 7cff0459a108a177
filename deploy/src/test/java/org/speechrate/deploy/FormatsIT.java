package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.client.RunFailure;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;

/** Each file of a published version, opened by its own ecosystem. */
@Timeout(300)
class FormatsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** In letters/s; of values about 12, where float32 has steps of 1e-6. */
  private static final double MOST_DIFFERENCE = 1e-5;

  private static TestWorkspace test;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.running();
  }

  @AfterAll
  static void stop() throws IOException {
    test.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"recipe\": \"network\", \"hidden\": [16, 8], \"activation\": \"gelu\", \"linearPath\": true}",
        "{\"recipe\": \"network\", \"hidden\": [16, 8], \"activation\": \"tanh\", \"linearPath\": true}",
        "{\"recipe\": \"network\", \"hidden\": [32, 16, 8]}"
      })
  void everyFormatGivesWhatTheModelGives(String training) throws Exception {
    RunResult run =
        test.client()
            .train(
                JSON.readTree(
                    "{\"publishing\": {\"gate\": \"always\"}, \"training\": " + training + "}"),
                "integration test")
            .result();
    check(run, List.of());
  }

  @Test
  void thePythonSystemsOwnCodeOpensItsFile() throws Exception {
    Path file = test.root().resolve("models/regression_model.pt");
    Files.writeString(file, "an older one");
    RunResult run =
        test.client()
            .train(
                JSON.readTree("{\"publishing\": {\"alsoWrite\": \"models/regression_model.pt\"}}"),
                "integration test")
            .result();
    check(run, List.of(file.toString()));

    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(
            SpeechrateCommand.run(
                terminal.terminal(),
                "models",
                "import",
                file.toString(),
                "--name",
                "python",
                "--workspace",
                test.root().toString()))
        .as("%s", terminal.err())
        .isEqualTo(Exit.DONE);
    assertThat(terminal.out()).contains("\nBetter than the mean on test: MSE ");
  }

  @Test
  void aPathThatNobodyAllowedEndsTheRunAtItsStart() throws Exception {
    Path elsewhere = folder.resolve("regression_model.pt");
    var run =
        test.client()
            .train(
                JSON.readTree("{\"publishing\": {\"alsoWrite\": \"" + elsewhere + "\"}}"),
                "integration test");
    assertThatThrownBy(run::result)
        .isInstanceOf(RunFailure.class)
        .hasMessage(
            "publishing.alsoWrite: \""
                + elsewhere
                + "\" is outside the workspace; the worker's owner can allow it with --allow-write");
  }

  private void check(RunResult run, List<String> more) throws Exception {
    Path version = test.root().resolve(run.publishing().path().orElseThrow());
    String embeddings =
        run.stages().stream()
            .filter(each -> each.stage() == Stage.EMBEDDINGS)
            .findFirst()
            .flatMap(StageState::artifact)
            .orElseThrow()
            .uri();
    Path x = test.root().resolve(embeddings).resolve(EmbeddingMatrix.FILE);
    Path expected = expected(version, x);
    Tools tools = new Tools(Tools.repository(), line -> {});
    JsonNode onnx = python(tools.formatsPython(), "onnx", version, x, expected, List.of());
    JsonNode safe = python(tools.formatsPython(), "safetensors", version, x, expected, List.of());
    JsonNode torch = python(tools.torchPython(), "torch", version, x, expected, more);
    Set<String> names = new TreeSet<>(Set.of("model.pt", "state_dict.pt"));
    if (!more.isEmpty()) {
      names.add("regression_model.pt");
    }
    assertThat(torch.properties()).extracting(each -> each.getKey()).hasSameElementsAs(names);
    for (JsonNode each : List.of(onnx, safe, torch)) {
      each.properties()
          .forEach(
              file ->
                  assertThat(file.getValue().doubleValue())
                      .as("%s of %s", file.getKey(), version)
                      .isLessThan(MOST_DIFFERENCE));
    }
    System.out.println("largest differences: " + onnx + safe + torch);
  }

  private Path expected(Path version, Path x) throws IOException {
    EmbeddingMatrix matrix = EmbeddingMatrix.open(x);
    float[][] rows = new float[(int) matrix.rows()][matrix.dimension()];
    for (int row = 0; row < rows.length; row++) {
      matrix.read(row, rows[row], 0);
    }
    StringBuilder text = new StringBuilder();
    for (float cps : SpeechRateModel.load(version).predict(rows)) {
      text.append(cps).append('\n');
    }
    return Files.writeString(folder.resolve("expected.txt"), text);
  }

  private JsonNode python(
      Path python, String kind, Path version, Path x, Path expected, List<String> more)
      throws Exception {
    Path script = Path.of(FormatsIT.class.getResource("/check_formats.py").toURI());
    List<String> command = new ArrayList<>(List.of(python.toString(), script.toString(), kind));
    command.addAll(List.of(version.toString(), x.toString(), expected.toString()));
    command.addAll(more);
    Path errors = folder.resolve("errors.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectError(errors.toFile())
            .directory(folder.toFile())
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", kind, Files.readString(errors)).isZero();
    return JSON.readTree(output);
  }
}
