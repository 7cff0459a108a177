package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;

class NpyDirectoryTest {
  @TempDir Path workspace;
  @TempDir Path outside;
  @TempDir Path output;

  private void put(String file, byte[] content) throws IOException {
    Path path = workspace.resolve("v").resolve(file);
    Files.createDirectories(path.getParent());
    Files.write(path, content);
  }

  private EmbeddingSource source() throws IOException {
    return EmbeddingSource.of(
        new EmbeddingsSpec(Source.AUTO, Optional.of("v"), Optional.empty()),
        Workspace.open(workspace, List.of()));
  }

  private EmbeddingFacts copy() throws IOException {
    return source().copyTo(output, StageMonitor.silent());
  }

  private String hash() throws IOException {
    return source().inputs(new SourceHashes(output.resolve("hashes.json"))).get("embeddings");
  }

  @Test
  void readsATreeInTheOrderOfItsNames() throws IOException {
    put("b/84-2-0000.npy", Npy.float32("(1, 2)", 3, 4));
    put("a/84-1-0000.npy", Npy.float32("(2,)", 1, 2));
    put("a/.84-1-0000.npy.tmp", new byte[1]);
    put(".cache/84-1-0000.npy", new byte[1]);
    put("readme.txt", new byte[1]);

    assertThat(copy()).isEqualTo(new EmbeddingFacts("npy-directory", 2, 2));
    assertThat(Npy.values(output.resolve("x.npy"))).containsExactly(1, 2, 3, 4);
    assertThat(output.resolve("ids.csv"))
        .hasContent("sample_id,split,label\n84-1-0000,,\n84-2-0000,,\n");
  }

  @Test
  void isAnotherInputWhereANameOrAValueChanges() throws IOException {
    put("a.npy", Npy.float32("(1,)", 1));
    String before = hash();
    put("notes.txt", new byte[1]);
    assertThat(hash()).isEqualTo(before);

    put("a.npy", Npy.float32("(1,)", 2));
    String changed = hash();
    Files.move(workspace.resolve("v/a.npy"), workspace.resolve("v/b.npy"));

    assertThat(List.of(before, changed, hash())).doesNotHaveDuplicates();
  }

  @Test
  void refusesOneUtteranceInTwoFolders() throws IOException {
    put("a/u.npy", Npy.float32("(1,)", 1));
    put("b/u.npy", Npy.float32("(1,)", 2));

    assertThatThrownBy(this::copy)
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.DUPLICATE_ID)
        .hasMessage(
            "embeddings.path \"v\": u is there twice: a/u.npy and b/u.npy; keep one of each");
  }

  @Test
  void saysWhatATreeWithoutVectorsHolds() throws IOException {
    put("a/u.pt", new byte[1]);

    assertThatThrownBy(this::copy)
        .hasMessage(
            "embeddings.path \"v\": has no .npy file in its tree, it has: a/u.pt; give"
                + " numpy_embs.npy, or <sample_id>.npy for each utterance");
  }

  @Test
  void namesTheFileThatIsBad() throws IOException {
    put("a.npy", Npy.float32("(2,)", 1, 2));
    put("b.npy", Npy.float32("(2, 2)", 1, 2, 3, 4));
    assertThatThrownBy(this::copy)
        .hasMessage(
            "embeddings.path \"v\": b.npy: must be float16, float32 or float64 of shape (d,) or (1,"
                + " d), is float32 of shape (2, 2); give one vector for each utterance");

    put("b.npy", Npy.float32("(3,)", 1, 2, 3));
    assertThatThrownBy(this::copy)
        .hasMessage(
            "embeddings.path \"v\": b.npy (b) has 3 values, those before it have 2; compute all with"
                + " one encoder");

    put("b.npy", Npy.float32("(2,)", 1, Float.NaN));
    assertThatThrownBy(this::copy)
        .hasMessage(
            "embeddings.path \"v\": b.npy (b): value 1 of its embedding is NaN; compute it again, or"
                + " leave its utterance out");

    put("b.npy", Npy.float32("(2,)", 1));
    assertThatThrownBy(this::copy)
        .hasMessage(
            "embeddings.path \"v\": b.npy: is cut off: its shape is (2,), but it has bytes for 1"
                + " values only; save it again");

    put("b.npy", Npy.float32("(2,)", 1, 2, 3));
    assertThatThrownBy(this::copy)
        .hasMessage(
            "embeddings.path \"v\": b.npy: has bytes after its last value; save it again with"
                + " np.save");

    put("b.npy", new byte[0]);
    assertThatThrownBy(this::copy)
        .hasMessage("embeddings.path \"v\": b.npy: ends within its .npy header");
  }

  @Test
  void followsALinkWithinTheWorkspaceOnly() throws IOException {
    put("a.npy", Npy.float32("(1,)", 1));
    Path inside = Files.createDirectories(workspace.resolve("other"));
    Files.write(inside.resolve("b.npy"), Npy.float32("(1,)", 2));
    Files.createSymbolicLink(workspace.resolve("v/linked"), inside);
    assertThat(copy().embeddings()).isEqualTo(2);

    Path out = Files.createSymbolicLink(workspace.resolve("v/out.npy"), outside);
    assertThatThrownBy(this::copy)
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.PATH_NOT_ALLOWED);
    Files.delete(out);

    Files.createSymbolicLink(inside.resolve("up"), workspace.resolve("v"));
    assertThatThrownBy(this::copy)
        .hasMessage(
            "embeddings.path \"v\": linked/up/ is a link to a folder that it is in; remove it");
  }
}
