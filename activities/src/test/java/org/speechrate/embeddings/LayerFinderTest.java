package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.pipeline.probe.LayerSource;
import org.speechrate.store.Workspace;

class LayerFinderTest {
  @TempDir Path root;
  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(root.resolve("layers"));
  }

  private List<LayerSource> find(String path) throws IOException {
    return LayerFinder.find(path, Workspace.open(root, List.of()));
  }

  private void touch(String name) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    Files.writeString(folder.resolve(name), "");
  }

  private static LayerSource layer(String name, Source source, String path, String ids) {
    return new LayerSource(
        name, new EmbeddingsSpec(source, Optional.of(path), Optional.ofNullable(ids)));
  }

  private void refused(String line) {
    assertThatThrownBy(() -> find("layers"))
        .isInstanceOf(Refusal.class)
        .hasMessage("probe.layers \"layers\" " + line);
  }

  @Test
  void filesWithCommonIds() throws IOException {
    touch("layer_10.npy");
    touch("layer_2.npy");
    touch("ids.csv");
    touch("notes.txt");
    touch(".hidden.npy");

    assertThat(find("layers/"))
        .containsExactly(
            layer("layer_2", Source.MATRIX, "layers/layer_2.npy", "layers/ids.csv"),
            layer("layer_10", Source.MATRIX, "layers/layer_10.npy", "layers/ids.csv"));
  }

  @Test
  void foldersOfAnyKind() throws IOException {
    touch("ids.csv");
    touch("a/x.npy");
    touch("b/x.npy");
    touch("b/ids.csv");
    touch("c/numpy_embs.npy");
    touch(".git/x.npy");

    assertThat(find("layers"))
        .containsExactly(
            layer("a", Source.MATRIX, "layers/a/x.npy", "layers/ids.csv"),
            layer("b", Source.AUTO, "layers/b", null),
            layer("c", Source.AUTO, "layers/c", null));
  }

  @Test
  void arraysOfAnNpz() throws IOException {
    try (ZipOutputStream zip =
        new ZipOutputStream(Files.newOutputStream(root.resolve("layers.npz")))) {
      for (String name : List.of("ids", "split", "layer_11", "layer_9")) {
        zip.putNextEntry(new ZipEntry(name + ".npy"));
        zip.write("anything".getBytes(StandardCharsets.US_ASCII));
      }
    }

    assertThat(find("layers.npz"))
        .extracting(LayerSource::name)
        .containsExactly("layer_9", "layer_11");
    assertThat(find("layers.npz").get(0).embeddings())
        .isEqualTo(
            new EmbeddingsSpec(
                Source.NPZ, Optional.of("layers.npz"), Optional.empty(), Optional.of("layer_9")));
  }

  @Test
  void naturalOrderComparesNumbers() {
    assertThat(LayerFinder.compareNaturally("l2", "l10")).isNegative();
    assertThat(LayerFinder.compareNaturally("l02b", "l2a")).isPositive();
    assertThat(LayerFinder.compareNaturally("l", "l1")).isNegative();
    assertThat(LayerFinder.compareNaturally("l99999999999999999999", "l100000000000000000000"))
        .isNegative();
    assertThat(LayerFinder.compareNaturally("conv", "layer_1")).isNegative();
  }

  @Test
  void whatHoldsNoLayersIsRefusedInOneLine() throws IOException {
    refused("holds no layer: neither folders of embeddings, nor <layer>.npy files with an ids.csv");
    touch("a.npy");
    refused(
        "holds .npy files, but no ids.csv (sample_id, split) whose row i names row i of each; add"
            + " it");
    touch("b/x.npy");
    refused("holds .npy files and folders, and each could be a layer; leave one sort in it");
    assertThatThrownBy(() -> find("layers/a.npy"))
        .hasMessage(
            "probe.layers \"layers/a.npy\" is neither a folder of layers nor an .npz file; write"
                + " one with np.savez(path, ids=ids, layer_0=x0, layer_1=x1)");
    assertThatThrownBy(() -> find("gone"))
        .hasMessageStartingWith("probe.layers: \"gone\" does not exist");
  }

  @Test
  void namesMustBeFitToBeShown() throws IOException {
    touch("weighted sum/x.npy");
    refused(
        "a layer's name must have 1 to 100 characters, no control characters, and not be \"weighted"
            + " sum\", got \"weighted sum\"; rename it");
  }

  @Test
  void tooManyLayersAreRefused() throws IOException {
    for (int i = 0; i < 101; i++) {
      touch(i + "/x.npy");
    }
    refused("has 101 layers, and a probe takes at most 100");
  }
}
