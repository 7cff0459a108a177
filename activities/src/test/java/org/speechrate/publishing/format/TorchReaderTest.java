package org.speechrate.publishing.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;

class TorchReaderTest {
  @TempDir Path folder;

  private TorchReader.Imported read(byte[] content, Optional<String> activation)
      throws IOException {
    return TorchReader.read(Files.write(folder.resolve("m.pt"), content), "m.pt", activation);
  }

  private TorchReader.Imported read(String name) throws IOException {
    return read(TorchFiles.read(name), Optional.empty());
  }

  /** All of them hold the same numbers, which float16 holds too. */
  @ParameterizedTest
  @CsvSource({
    "probing.pt, ProbingCls, relu",
    "probing-cuda.pt, ProbingCls, relu",
    "probing-float64.pt, ProbingCls, relu",
    "probing-float16.pt, ProbingCls, relu",
    "sequential-relu.pt, Sequential, relu",
    "sequential-gelu.pt, Sequential, gelu",
    "sequential-tanh.pt, Sequential, tanh",
    "state_dict.pt, state_dict, relu",
    "ordered_state_dict.pt, state_dict, relu",
    "numbered_state_dict.pt, state_dict, relu",
    "transposed.pt, state_dict, relu"
  })
  void readsWhatPyTorchWrote(String name, String kind, String activation) throws IOException {
    TorchReader.Imported imported = read(name);
    assertThat(imported.kind()).isEqualTo(kind);
    assertThat(imported.weights().toBytes()).isEqualTo(TorchFiles.weights(activation).toBytes());

    JsonNode expected = new ObjectMapper().readTree(TorchFiles.read("expected.json"));
    SpeechRateModel model = SpeechRateModel.of(imported.weights());
    for (int row = 0; row < expected.get("x").size(); row++) {
      float[] x = new float[3];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) expected.get("x").get(row).get(i).doubleValue();
      }
      assertThat(model.predict(new float[][] {x})[0])
          .isEqualTo((float) expected.get(activation).get(row).doubleValue());
    }
  }

  @Test
  void readsWhatWeWrite() throws IOException {
    SafeTensors weights = TorchFiles.weights("tanh", true, 3, 5, 4, 1);
    assertThat(read(ModelFormat.STATE_DICT.write(weights), Optional.of("tanh")).weights().toBytes())
        .isEqualTo(weights.toBytes());
    float[][] x = {{0.5f, -1, 2}};
    assertThat(
            SpeechRateModel.of(read(ModelFormat.PT.write(weights), Optional.empty()).weights())
                .predict(x)[0])
        .isEqualTo(SpeechRateModel.of(weights).predict(x)[0]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "malicious.pt | its pickle names posix.system, which no network of Linear layers with ReLU,"
            + " GELU or Tanh needs; nothing of it was executed; save a torch.nn.Sequential of"
            + " those, or model.state_dict()",
        "probing-bfloat16.pt | its pickle names torch.BFloat16Storage, which no network",
        "sigmoid.pt | its pickle names torch.nn.modules.activation.Sigmoid, which no network",
        "old.pt | is no whole zip file, as torch.save has written since PyTorch 1.6 (",
        "torchscript.pt | is TorchScript, which is a program; save model.state_dict() instead",
        "checkpoint.pt | must be a state_dict, tensors by name, but epoch is an int; save"
            + " model.state_dict() alone",
        "no_activation.pt | must have Linear layers, one activation between two of them, and none"
            + " after the last",
        "no_output.pt | must have Linear layers, one activation between two of them, and none after"
            + " the last",
        "approximate.pt | module 1 is a GELU by approximation, which is not read"
      })
  void refusesOthersInOneLine(String name, String line) {
    assertThatThrownBy(() -> read(name))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("m.pt: " + line);
  }

  @Test
  void aModuleTellsItsActivation() {
    assertThatThrownBy(() -> read(TorchFiles.read("probing.pt"), Optional.of("tanh")))
        .hasMessage(
            "m.pt: is a whole module, which tells its activation; --activation has no meaning");
  }

  @Test
  void noticesAChangedNumber() {
    byte[] file = TorchFiles.read("probing.pt");
    byte[] first = ModelFormat.SAFETENSORS.write(TorchFiles.weights("relu"));
    // The first weight of fc1, -5/8: the only place with these bytes.
    int at = indexOf(file, new byte[] {0, 0, 0x20, (byte) 0xBF});
    assertThat(indexOf(first, new byte[] {0, 0, 0x20, (byte) 0xBF})).isPositive();
    file[at]++;
    assertThatThrownBy(() -> read(file, Optional.empty()))
        .hasMessage(
            "m.pt: probing/data/0 is damaged: its checksum is another one; copy or save the file"
                + " again");
  }

  private static int indexOf(byte[] all, byte[] part) {
    int at = 0;
    while (!java.util.Arrays.equals(all, at, at + part.length, part, 0, part.length)) {
      at++;
    }
    return at;
  }
}
