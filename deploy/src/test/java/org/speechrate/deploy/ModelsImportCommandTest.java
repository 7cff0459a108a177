package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;
import org.speechrate.publishing.format.ModelFormat;

class ModelsImportCommandTest {
  @TempDir Path root;

  private final TerminalCapture terminal = new TerminalCapture(false);
  private Path file;

  @BeforeEach
  void sample() throws IOException {
    Sample.copy(Tools.repository().resolve("data/sample"), root.resolve("data/sample"));
    file = root.resolve("regression_model.pt");
  }

  private static SafeTensors weights(int dimension) {
    Random random = new Random(1);
    float[] first = new float[4 * dimension];
    for (int i = 0; i < first.length; i++) {
      first[i] = (float) random.nextGaussian();
    }
    return new SafeTensors(
        Map.of(
            "fc1.weight", new Tensor(List.of(4, dimension), first),
            "fc1.bias", new Tensor(List.of(4), new float[4]),
            "fc2.weight", new Tensor(List.of(1, 4), new float[] {0.1f, -0.1f, 0.1f, -0.1f}),
            "fc2.bias", new Tensor(List.of(1), new float[] {12})),
        Map.of());
  }

  private int run(String... words) {
    List<String> line = new ArrayList<>(List.of("models"));
    line.addAll(List.of(words));
    line.addAll(List.of("--workspace", root.toString()));
    return SpeechrateCommand.run(terminal.terminal(), line.toArray(String[]::new));
  }

  private Path version(String model) throws IOException {
    try (var versions = Files.list(root.resolve("models").resolve(model))) {
      return versions
          .filter(each -> !each.getFileName().toString().startsWith("."))
          .reduce(
              (one, other) -> {
                throw new AssertionError("more than one version");
              })
          .orElseThrow();
    }
  }

  @Test
  void anImportedModelIsEvaluatedRegisteredAndExportedAgain() throws IOException {
    SafeTensors weights = weights(256);
    Files.write(file, ModelFormat.pythonSystem(weights));
    assertThat(run("import", file.toString(), "--name", "python", "--who", "Ana", "--why", "ours"))
        .as("%s", terminal.err())
        .isEqualTo(Exit.DONE);
    Path version = version("python");
    assertThat(terminal.out())
        .contains("imported ProbingCls, widths [256, 4, 1]\n")
        .contains(" than the mean on test: MSE ")
        .contains(", on the bundled sample\n")
        .contains("registered models/python/" + version.getFileName() + "\n");
    assertThat(SafeTensors.read(version.resolve("model.safetensors")).tensors())
        .allSatisfy(
            (name, tensor) -> assertThat(tensor.values()).isEqualTo(weights.tensor(name).values()));
    for (String made :
        List.of("model.pt", "state_dict.pt", "model.onnx", "metrics.json", "report.html")) {
      assertThat(version.resolve(made)).isNotEmptyFile();
    }
    assertThat(version.resolve("README.md"))
        .content()
        .contains("trained elsewhere, and imported")
        .contains("| test | 44 | ")
        .contains(" by Ana from ")
        .contains(": ours. All of it");
    assertThat(run("verify", "python")).as("%s", terminal.err()).isEqualTo(Exit.DONE);
    assertThat(run("show", "python")).as("%s", terminal.err()).isEqualTo(Exit.DONE);

    for (ModelFormat format : ModelFormat.values()) {
      String word = format.name().toLowerCase(java.util.Locale.ROOT);
      String to = root.resolve("out").toString();
      assertThat(run("export", "python", "--to", to, "--format", word)).isEqualTo(Exit.DONE);
      assertThat(root.resolve("out").resolve(format.file()))
          .hasSameBinaryContentAs(version.resolve(format.file()));
      assertThat(run("export", "python", "--to", to, "--format", word)).isEqualTo(Exit.WRONG_INPUT);
    }
    assertThat(run("import", root.resolve("out/model.pt").toString(), "--name", "again"))
        .isEqualTo(Exit.DONE);
    assertThat(SpeechRateModel.load(version("again")).predict(new float[1][256]))
        .containsExactly(12);
  }

  @Test
  void aModelThatNoDataFitsHasNoVerdict() throws IOException {
    Files.write(file, ModelFormat.STATE_DICT.write(weights(3)));
    assertThat(run("import", file.toString(), "--name", "small", "--activation", "tanh"))
        .as("%s", terminal.err())
        .isEqualTo(Exit.DONE);
    assertThat(terminal.out())
        .contains("not evaluated: no data with embeddings of 3 values was given\n");
    assertThat(version("small").resolve("metrics.json")).doesNotExist();
    assertThat(SafeTensors.read(version("small").resolve("model.safetensors")).metadata())
        .containsEntry("activation", "tanh");
  }

  @Test
  void dataOfAnotherDimensionIsRefused() throws IOException {
    Files.write(file, ModelFormat.pythonSystem(weights(3)));
    Path labels = Files.createDirectory(root.resolve("labels"));
    for (String split : List.of("train", "dev", "test")) {
      Files.writeString(
          labels.resolve(split + "_cps.csv"),
          "sample_id,cps,speaker_id\n" + split + "-1,12,a\n" + split + "-2,13,b\n");
    }
    assertThat(
            run(
                "import",
                file.toString(),
                "--name",
                "small",
                "--labels",
                labels.toString(),
                "--embeddings",
                root.resolve("data/sample/embeddings_npy").toString()))
        .isEqualTo(Exit.WRONG_INPUT);
    assertThat(root.resolve("models/small")).doesNotExist();
    assertThat(terminal.err().lines()).hasSize(1);
  }

  @Test
  void refusesInOneLine() throws IOException {
    Files.writeString(file, "no zip");
    for (String[] words :
        new String[][] {
          {"import", file.toString(), "--name", "a"},
          {"import", file.toString(), "--name", "../a"},
          {"import", root.resolve("gone.pt").toString(), "--name", "a"},
          {"import", file.toString(), "--name", "a", "--activation", "elu"},
          {"import", file.toString(), "--name", "a", "--labels", root.toString()},
          {"export", "gone", "--to", root.toString(), "--format", "pt"},
          {"export", "gone", "--to", root.toString(), "--format", "h5"}
        }) {
      TerminalCapture each = new TerminalCapture(false);
      List<String> line = new ArrayList<>(List.of("models"));
      line.addAll(List.of(words));
      line.addAll(List.of("--workspace", root.toString()));
      assertThat(SpeechrateCommand.run(each.terminal(), line.toArray(String[]::new)))
          .isEqualTo(Exit.WRONG_INPUT);
      assertThat(each.err().lines()).hasSize(1);
    }
    assertThat(root.resolve("models")).doesNotExist();
  }
}
