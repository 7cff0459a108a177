package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingsCommandTest {
  private static final String SAMPLE =
      Tools.repository().resolve("data/sample/embeddings_npy").toString();

  @TempDir Path folder;

  private final TerminalCapture terminal = new TerminalCapture(false);

  private int run(String... words) {
    return SpeechrateCommand.run(terminal.terminal(), words);
  }

  @Test
  void inspectsTheSample() {
    assertThat(run("embeddings", "inspect", SAMPLE)).isEqualTo(Exit.DONE);
    assertThat(terminal.out())
        .contains("kind        numpy-dict\n")
        .contains("embeddings  264 embeddings of 256 values, stored as float32\n")
        .contains("splits      train 176, dev 44, test 44\n")
        .contains("not finite  none\n")
        .doesNotContain("a run refuses it");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void inspectsAsJson() throws Exception {
    assertThat(run("embeddings", "inspect", SAMPLE, "--json")).isEqualTo(Exit.DONE);
    JsonNode found = new ObjectMapper().readTree(terminal.out());
    assertThat(found.at("/splits/train").asInt()).isEqualTo(176);
    assertThat(found.at("/norms/mean").asDouble()).isPositive();
    assertThat(found.at("/notFinite/count").asInt(-1)).isZero();
  }

  @Test
  void convertsAndSaysWhatIsNotKept() {
    Path made = folder.resolve("k");
    assertThat(run("embeddings", "convert", SAMPLE, made.toString(), "--to", "kaldi"))
        .isEqualTo(Exit.DONE);
    assertThat(terminal.out())
        .isEqualTo("converted 264 embeddings of 256 values (numpy-dict) to " + made + "\n");
    assertThat(terminal.err())
        .isEqualTo("note: not kept: the splits, the labels, the folders of file_path\n");
    assertThat(run("embeddings", "inspect", made.resolve("embeddings.scp").toString()))
        .isEqualTo(Exit.DONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "inspect",
        "inspect gone.npy",
        "inspect pom.xml",
        "inspect x --source nump",
        "convert x y",
        "convert gone.npy y --to npz",
        "convert gone.npy y --to auto",
        "convert gone.npy y --to npz --split eval",
        "inspect gone.npy --collection c",
        "inspect gone.npy --source chroma",
        "inspect http://127.0.0.1:8000 --ids ids.csv",
        "inspect http://192.0.2.1:8000",
        "inspect http://127.0.0.1:8000 --collection a",
        "inspect http://127.0.0.1:8000 --token-from NO_SUCH_TOKEN",
        "convert gone.npy y --to chroma --collection mine",
        "convert gone.npy http://127.0.0.1:8000 --to chroma",
        "convert gone.npy http://192.0.2.1:8000 --to chroma --collection mine",
        "convert gone.npy y --to npz --from-collection mine"
      })
  void wrongInputIsOneLineAndExitCode2(String line) {
    assertThat(run(("embeddings " + line).strip().split(" "))).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void saysOneLineOfADamagedFileAlsoAsJson() throws Exception {
    Path file = Files.write(folder.resolve("e.npz"), new byte[] {'P', 'K', 3, 4});
    assertThat(run("embeddings", "inspect", file.toString(), "--json")).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.out()).contains("\"kind\" : \"BAD_FORMAT\"");
  }
}
