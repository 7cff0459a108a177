package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;

class MatrixEmbeddingsTest {
  @TempDir Path folder;

  private EmbeddingFacts copy(byte[] matrix, String ids) throws IOException {
    return new MatrixEmbeddings(
            Files.write(folder.resolve("given.npy"), matrix),
            "m.npy",
            Files.writeString(folder.resolve("given.csv"), ids),
            "ids.csv")
        .copyTo(folder, StageMonitor.silent());
  }

  @Test
  void copiesRowsAndNames() throws IOException {
    EmbeddingFacts facts =
        copy(
            Npy.float32("(3, 2)", 1, 2, 3, 4, 5, 6), "split,sample_id\ntrain,a\ndev,b\n,\"c,d\"\n");

    assertThat(facts).isEqualTo(new EmbeddingFacts("matrix", 3, 2));
    assertThat(Npy.values(folder.resolve("x.npy"))).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(folder.resolve("ids.csv"))
        .hasContent("sample_id,split,label\na,train,\nb,dev,\n\"c,d\",,\n");
  }

  @Test
  void needsNoSplit() throws IOException {
    copy(Npy.float32("(1, 1)", 1), "sample_id\na\n");

    assertThat(folder.resolve("ids.csv")).hasContent("sample_id,split,label\na,,\n");
  }

  @Test
  void readsBigEndianDoubles() throws IOException {
    byte[] one = {0x3F, (byte) 0xF0, 0, 0, 0, 0, 0, 0};
    copy(
        Npy.of("{'descr': '>f8', 'fortran_order': False, 'shape': (1, 1)}", one), "sample_id\na\n");

    assertThat(Npy.values(folder.resolve("x.npy"))).containsExactly(1);
  }

  @Test
  void refusesAnotherNumberOfIds() {
    assertThatThrownBy(() -> copy(Npy.float32("(2, 1)", 1, 2), "sample_id\na\n"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_FORMAT)
        .hasMessage("ids.csv names 1 row, but m.npy has 2; name each of them, in their order");
    assertThatThrownBy(() -> copy(Npy.float32("(2, 1)", 1, 2), "sample_id\na\nb\nc\n"))
        .hasMessage("ids.csv names 3 rows, but m.npy has 2; name each of them, in their order");
  }

  @Test
  void refusesAFileThatIsCutOff() {
    assertThatThrownBy(() -> copy(Npy.float32("(3, 2)", 1, 2, 3, 4), "sample_id\na\nb\nc\n"))
        .hasMessage(
            "m.npy: is cut off: its shape is (3, 2), but it has bytes for 2 rows only; copy or"
                + " save it again");
  }

  @Test
  void refusesFortranOrderAndNamesTheCure() {
    assertThatThrownBy(
            () ->
                copy(
                    Npy.of("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1)}", new byte[4]),
                    "sample_id\na\n"))
        .hasMessage(
            "m.npy: is stored column by column (Fortran order); save it again with"
                + " np.save(path, np.ascontiguousarray(x))");
  }

  @Test
  void refusesOtherTypesAndShapes() {
    assertThatThrownBy(
            () ->
                copy(
                    Npy.of(
                        "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1)}", new byte[8]),
                    "sample_id\na\n"))
        .hasMessage(
            "m.npy: must be float16, float32 or float64 of shape (n, d), is int64 of shape (1, 1)");
    assertThatThrownBy(() -> copy(Npy.float32("(3,)", 1, 2, 3), "sample_id\na\n"))
        .hasMessage(
            "m.npy: must be float16, float32 or float64 of shape (n, d), is float32 of shape (3,)");
  }

  @Test
  void refusesAMatrixWithoutRows() {
    assertThatThrownBy(() -> copy(Npy.float32("(0, 256)"), "sample_id\n"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.TOO_FEW_ROWS)
        .hasMessage(
            "m.npy: must hold at least one embedding, it holds none; give one for each utterance");
    assertThatThrownBy(() -> copy(Npy.float32("(1, 0)"), "sample_id\na\n"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.TOO_FEW_ROWS)
        .hasMessage(
            "m.npy: must hold at least one embedding, those that it holds have no values; compute"
                + " them again");
  }

  @Test
  void namesAllBadRows() {
    assertThatThrownBy(
            () ->
                copy(
                    Npy.float32("(3, 1)", 1, Float.NaN, Float.NEGATIVE_INFINITY),
                    "sample_id,split\na,train\nb,train\nc,train\n"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "m.npy: 2 problems: row 1, counted from 0 (b): value 0 of its embedding is NaN;"
                + " row 2, counted from 0 (c): value 0 of its embedding is -Infinity;"
                + " compute it again, or leave its utterance out");
  }

  @Test
  void namesTheIdsFileForWhatIsWrongInIt() {
    assertThatThrownBy(
            () ->
                copy(
                    Npy.float32("(4, 1)", 1, Float.NaN, 3, 4),
                    "sample_id,split\na,train\nb,valid\na,train\n,train\n"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "ids.csv: 3 problems: line 3 (b): split must be train, dev or test, got valid;"
                + " a is there twice: line 2 and line 4; line 5 has no sample_id;"
                + " keep one of each; name its utterance");
  }

  @Test
  void refusesEmbeddingsThatAreAllTheSame() throws IOException {
    assertThatThrownBy(
            () -> copy(Npy.float32("(3, 2)", 0, 0, -0f, 0, 0, 0), "sample_id\na\nb\nc\n"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "m.npy: all 3 embeddings are the same vector: there is nothing to learn from; check"
                + " the encoder and the audio that it was given");
    assertThat(copy(Npy.float32("(3, 2)", 0, 0, 0, 0, 0, 1), "sample_id\na\nb\nc\n").embeddings())
        .as("one that differs is enough")
        .isEqualTo(3);
  }

  @Test
  void refusesIdsWithoutSampleId() {
    assertThatThrownBy(() -> copy(Npy.float32("(1, 1)", 1), "id\na\n"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.MISSING_COLUMN)
        .hasMessage("ids.csv: column \"sample_id\" is missing, there are: id");
  }

  @Test
  void refusesMoreRowsThanAnIntCounts() {
    assertThatThrownBy(() -> new EmbeddingOutput(folder, "m.npy", "ids.csv", 1L << 31, 1))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_FORMAT)
        .hasMessage(
            "m.npy: holds 2,147,483,648 embeddings, at most 2,000,000,000 are read; leave some"
                + " out");
  }
}
