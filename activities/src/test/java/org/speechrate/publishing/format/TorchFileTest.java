package org.speechrate.publishing.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.model.SafeTensors;

/** What we write is, member by member, what torch.save writes for the same network. */
class TorchFileTest {
  @ParameterizedTest
  @ValueSource(strings = {"relu", "gelu", "tanh"})
  void aModelIsTheSequentialThatPyTorchSaves(String activation) throws IOException {
    byte[] ours = ModelFormat.PT.write(TorchFiles.weights(activation));
    assertSame(ours, TorchFiles.read("sequential-" + activation + ".pt"), 4);
    assertThat(ModelFormat.PT.write(TorchFiles.weights(activation))).isEqualTo(ours);
  }

  @Test
  void aStateDictIsTheOneThatPyTorchSaves() throws IOException {
    byte[] ours = ModelFormat.STATE_DICT.write(TorchFiles.weights("relu"));
    assertSame(ours, TorchFiles.read("state_dict.pt"), 4);
  }

  @Test
  void thePythonSystemsFileIsTheOneThatItSaves() throws IOException {
    assertSame(
        ModelFormat.pythonSystem(TorchFiles.weights("relu")), TorchFiles.read("probing.pt"), 4);
  }

  @Test
  void thePythonSystemHasNoOtherShape() {
    for (SafeTensors weights :
        new SafeTensors[] {
          TorchFiles.weights("gelu"), TorchFiles.weights("relu", false, 3, 4, 2, 1)
        }) {
      assertThatThrownBy(() -> ModelFormat.pythonSystem(weights))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("ProbingCls has one hidden layer and ReLU, the model has ");
    }
  }

  private static void assertSame(byte[] ours, byte[] torchs, int tensors) throws IOException {
    Map<String, byte[]> found = members(ours);
    Map<String, byte[]> expected = members(torchs);
    // What PyTorch adds of its own accord, and does not ask for.
    expected
        .keySet()
        .removeIf(
            name ->
                name.equals(".format_version")
                    || name.equals(".storage_alignment")
                    || name.equals(".data/serialization_id"));
    assertThat(found.keySet()).isEqualTo(expected.keySet()).hasSize(3 + tensors);
    expected.forEach(
        (name, bytes) -> assertThat(found.get(name)).as("member %s", name).isEqualTo(bytes));
  }

  private static Map<String, byte[]> members(byte[] file) throws IOException {
    Map<String, byte[]> members = new TreeMap<>();
    Path copy = Files.createTempFile("torch", ".pt");
    try {
      Files.write(copy, file);
      try (ZipFile zip = new ZipFile(copy.toFile())) {
        for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
          String name = entry.getName();
          members.put(
              name.substring(name.indexOf('/') + 1), zip.getInputStream(entry).readAllBytes());
        }
      }
    } finally {
      Files.delete(copy);
    }
    return members;
  }
}
