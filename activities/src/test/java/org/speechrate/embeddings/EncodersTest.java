package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.encoder.EncoderDescriptor;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.Workspace;

class EncodersTest {
  @TempDir private Path folder;
  private Path root;
  private Path tiny;

  @BeforeEach
  void encoder() throws IOException {
    root = Files.createDirectory(folder.resolve("workspace")).toRealPath();
    tiny = TinyEncoder.copyTo(folder.resolve("tiny"));
  }

  @Test
  void anAddedOneIsFoundByItsNameAndIsNoModel() throws IOException {
    Files.writeString(tiny.resolve("LICENSE"), "as is");
    Files.writeString(tiny.resolve("notes.txt"), "mine");

    Path added = add("mine", tiny, Optional.empty());

    assertThat(added).isEqualTo(root.resolve("models/encoders/mine"));
    assertThat(added.resolve("LICENSE")).hasContent("as is");
    assertThat(added.resolve("notes.txt")).doesNotExist();
    assertThat(Encoders.in(root).stream().map(Encoders.Found::name)).containsExactly("mine");
    Workspace workspace = Workspace.open(root, List.of());
    assertThat(Encoders.readable(workspace, "mine")).isEqualTo(added);
    assertThat(Encoders.readable(workspace, "models/encoders/mine")).isEqualTo(added);
    assertThat(Encoders.folder("mine", root)).isEqualTo(added);
    assertThat(new ModelFolder(root.resolve("models")).names()).isEmpty();
  }

  @Test
  void ofAnOnnxFileTheFamilyWritesTheDescriptor() throws IOException {
    Path onnx = tiny.resolve(EncoderDescriptor.read(tiny).file());

    Path added = add("mine", onnx, Optional.of("wespeaker"));

    assertThat(EncoderDescriptor.read(added).name()).isEqualTo("mine");
    assertThat(added.resolve(onnx.getFileName())).hasSameBinaryContentAs(onnx);
    assertRefused(() -> add("other", onnx, Optional.empty()), "name its family with --family");
    assertRefused(
        () -> add("other", tiny, Optional.of("ge2e")), "leave --family and --dimension out");
  }

  @Test
  void anotherDimensionThanTheFamilysMustBeTheGraphs() throws IOException {
    Path onnx = tiny.resolve(EncoderDescriptor.read(tiny).file());

    assertRefused(
        () -> Encoders.add(root, "mine", onnx, Optional.of("wespeaker"), Optional.of(192)),
        onnx
            + ": gives [1, 256] of float32 as its output embs, by dimension of encoder.json it must"
            + " be [1, 192] of float32");
    assertThat(Encoders.in(root)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/b", ".hidden", "aliases", "a b"})
  void aNameIsAFoldersAndNotThatOfAliases(String name) {
    assertRefused(() -> add(name, tiny, Optional.empty()), "an encoder's name must be");
  }

  @Test
  void aNameThatIsTakenStays() throws IOException {
    add("mine", tiny, Optional.empty());

    assertRefused(
        () -> add("mine", tiny, Optional.empty()), "models/encoders/mine is there already");
    assertThat(root.resolve("models/encoders")).isDirectoryContaining("glob:**/mine");
  }

  @Test
  void whatCannotBeOpenedIsNotAdded() throws IOException {
    Files.writeString(tiny.resolve(EncoderDescriptor.FILE), "{}");

    assertThatThrownBy(() -> add("mine", tiny, Optional.empty())).isInstanceOf(Refusal.class);
    assertThat(Encoders.in(root)).isEmpty();
    assertRefused(() -> add("mine", folder.resolve("nowhere"), Optional.empty()), "does not exist");
  }

  @Test
  void aDamagedOneIsListedWithWhatIsWrong() throws IOException {
    Files.createDirectories(root.resolve("models/encoders/broken"));

    Encoders.Found found = Encoders.in(root).get(0);

    assertThat(found.descriptor()).isEmpty();
    assertThat(found.wrong()).contains(EncoderDescriptor.FILE).hasLineCount(1);
  }

  @Test
  void aRunReadsNoneOutsideTheWorkspaceNotEvenByALink() throws IOException {
    Workspace workspace = Workspace.open(root, List.of());
    Path link = add("mine", tiny, Optional.empty());
    Path onnx = link.resolve(EncoderDescriptor.read(link).file());
    Files.delete(onnx);
    Files.createSymbolicLink(onnx, tiny.resolve(onnx.getFileName()));

    assertThatThrownBy(() -> Encoders.readable(workspace, "mine"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("is a link that leads outside the workspace");
    assertThatThrownBy(() -> Encoders.readable(workspace, tiny.toString()))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("is outside the workspace");
    assertThatThrownBy(() -> Encoders.readable(workspace, "none"))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(
            "embeddings.encoder: \"models/encoders/none\" does not exist in the workspace ");
  }

  private Path add(String name, Path from, Optional<String> family) throws IOException {
    return Encoders.add(root, name, from, family, Optional.empty());
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(Refusal.class)
        .hasMessageContaining(message)
        .message()
        .hasLineCount(1);
  }
}
