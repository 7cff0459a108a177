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
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.store.Workspace;

class EmbeddingSourceTest {
  @TempDir Path workspace;
  @TempDir Path outside;

  @BeforeEach
  void makeFiles() throws IOException {
    Files.createDirectories(workspace.resolve("dict"));
    Files.createDirectories(workspace.resolve("empty"));
    Files.write(workspace.resolve("dict/numpy_embs.npy"), Npy.object(new byte[0]));
    Files.write(workspace.resolve("m.npy"), Npy.float32("(1, 2)", 1, 2));
    Files.write(workspace.resolve("row.npy"), Npy.float32("(2,)", 1, 2));
    Files.writeString(workspace.resolve("ids.csv"), "sample_id\na\n");
  }

  private EmbeddingSource of(Source source, String path, String ids) throws IOException {
    return EmbeddingSource.of(
        new EmbeddingsSpec(source, Optional.ofNullable(path), Optional.ofNullable(ids)),
        Workspace.open(workspace, List.of()));
  }

  @Test
  void recognisesAFolderAFileAndAMatrix() throws IOException {
    assertThat(of(Source.AUTO, "dict", null).word()).isEqualTo("numpy-dict");
    assertThat(of(Source.AUTO, "dict/numpy_embs.npy", null).word()).isEqualTo("numpy-dict");
    assertThat(of(Source.AUTO, "m.npy", "ids.csv").word()).isEqualTo("matrix");
    assertThat(of(Source.NUMPY_DICT, "dict/", null).files().get("embeddings"))
        .isEqualTo(workspace.toRealPath().resolve("dict/numpy_embs.npy"));
    assertThat(of(Source.MATRIX, "m.npy", "ids.csv").files()).containsOnlyKeys("embeddings", "ids");
  }

  @Test
  void recognisesAnNpzByItsContent() throws IOException {
    Files.write(workspace.resolve("e"), new byte[] {'P', 'K', 3, 4});

    assertThat(of(Source.AUTO, "e", null).word()).isEqualTo("npz");
    assertThatThrownBy(() -> of(Source.AUTO, "e", "ids.csv"))
        .hasMessage(
            "embeddings.path \"e\" is npz, which holds its own ids; leave embeddings.ids out");
  }

  @Test
  void refusesIdsOfWhatHoldsItsOwn() {
    for (Source source : List.of(Source.AUTO, Source.NUMPY_DICT)) {
      assertThatThrownBy(() -> of(source, "dict", "ids.csv"))
          .hasFieldOrPropertyWithValue("kind", Refusal.Kind.INVALID_SPEC)
          .hasMessage(
              "embeddings.path \"dict/numpy_embs.npy\" is numpy-dict, which holds its own ids;"
                  + " leave embeddings.ids out");
    }
  }

  @Test
  void recognisesAFolderThatHoldsAMatrixOrKaldisFiles() throws IOException {
    Path made = Files.createDirectory(workspace.resolve("made"));
    Files.copy(workspace.resolve("m.npy"), made.resolve("x.npy"));
    assertThat(of(Source.AUTO, "made", null).word()).isEqualTo("npy-directory");
    assertThatThrownBy(() -> of(Source.MATRIX, "made", null))
        .hasMessageStartingWith("embeddings.path \"made/x.npy\" is a matrix; embeddings.ids must");
    Files.copy(workspace.resolve("ids.csv"), made.resolve("ids.csv"));
    for (Source source : List.of(Source.AUTO, Source.MATRIX)) {
      assertThat(of(source, "made", null).files())
          .containsEntry("embeddings", made.toRealPath().resolve("x.npy"))
          .containsEntry("ids", made.toRealPath().resolve("ids.csv"));
      assertThat(of(source, "made", "ids.csv").files())
          .containsEntry("ids", workspace.toRealPath().resolve("ids.csv"));
    }

    Path kaldi = Files.createDirectory(workspace.resolve("kaldi"));
    Files.writeString(kaldi.resolve("a.ark"), "a [ 1 2 ]\n");
    assertThat(of(Source.AUTO, "kaldi", null).word()).isEqualTo("kaldi");
    Files.writeString(kaldi.resolve("b.ark"), "b [ 1 2 ]\n");
    assertThatThrownBy(() -> of(Source.AUTO, "kaldi", null))
        .hasMessageContaining("has no .npy file in its tree, it has: a.ark, b.ark");
    Files.writeString(kaldi.resolve("v.scp"), "a a.ark:2\nb b.ark:2\n");
    for (Source source : List.of(Source.AUTO, Source.KALDI)) {
      assertThat(of(source, "kaldi", null).files())
          .containsKeys("archive a.ark", "archive b.ark")
          .containsEntry("embeddings", kaldi.toRealPath().resolve("v.scp"));
    }
    Files.copy(workspace.resolve("row.npy"), kaldi.resolve("a.npy"));
    assertThat(of(Source.AUTO, "kaldi", null).word()).isEqualTo("npy-directory");
  }

  @Test
  void saysThatAFileIsEmpty() throws IOException {
    Files.createFile(workspace.resolve("e.ark"));
    for (Source source : List.of(Source.AUTO, Source.KALDI, Source.NPZ)) {
      assertThatThrownBy(() -> of(source, "e.ark", null))
          .hasMessage("embeddings.path \"e.ark\": is empty; write or copy it again");
    }
  }

  @Test
  void asksForTheIdsOfAMatrix() {
    for (Source source : List.of(Source.AUTO, Source.MATRIX)) {
      assertThatThrownBy(() -> of(source, "m.npy", null))
          .hasFieldOrPropertyWithValue("kind", Refusal.Kind.INVALID_SPEC)
          .hasMessage(
              "embeddings.path \"m.npy\" is a matrix; embeddings.ids must name the CSV (sample_id,"
                  + " split) whose row i names its row i");
    }
  }

  @Test
  void refusesWhatItDoesNotRecognise() {
    assertThatThrownBy(() -> of(Source.AUTO, "row.npy", null))
        .hasMessage(
            "embeddings.path \"row.npy\": is neither a dict of embeddings nor a float matrix (n, d),"
                + " but float32 of shape (2,)");
    assertThatThrownBy(() -> of(Source.AUTO, "ids.csv", null))
        .hasMessage(
            "embeddings.path \"ids.csv\": is neither .npy, .npz nor Kaldi's ark or scp; write it"
                + " with np.save or np.savez");
    assertThatThrownBy(() -> of(Source.NUMPY_DICT, "empty", null))
        .hasMessage("embeddings.path: the folder \"empty\" has no numpy_embs.npy");
    assertThatThrownBy(() -> of(Source.AUTO, "empty", null))
        .hasMessage(
            "embeddings.path \"empty\": has no .npy file in its tree, it has: nothing; give"
                + " numpy_embs.npy, or <sample_id>.npy for each utterance");
    assertThatThrownBy(() -> of(Source.NPY_DIRECTORY, "m.npy", null))
        .hasMessage(
            "embeddings.path \"m.npy\": is no folder; give the one whose tree holds"
                + " <sample_id>.npy");
    assertThatThrownBy(() -> of(Source.NPZ, "dict", null))
        .hasMessage("embeddings.path: \"dict\" is no file that can be read");
    assertThatThrownBy(() -> of(Source.MATRIX, "empty", "ids.csv"))
        .hasMessage("embeddings.path: \"empty\" is no file that can be read");
    assertThatThrownBy(() -> of(Source.MATRIX, "m.npy", "empty"))
        .hasMessage("embeddings.ids: \"empty\" is no file that can be read");
    assertThatThrownBy(() -> of(Source.AUTO, null, null))
        .hasMessage("embeddings.path is needed: a .npy file, or a folder");
  }

  @Test
  void refusesALinkInTheFolderThatLeadsOutOfTheReadableRoots() throws IOException {
    Path secret = Files.write(outside.resolve("secret.npy"), Npy.object(new byte[0]));
    Files.createSymbolicLink(workspace.resolve("empty/numpy_embs.npy"), secret);

    assertThatThrownBy(() -> of(Source.AUTO, "empty", null))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.PATH_NOT_ALLOWED);
  }
}
