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
        .hasMessage("ids.csv names 1 rows, but m.npy has 2");
    assertThatThrownBy(() -> copy(Npy.float32("(2, 1)", 1, 2), "sample_id\na\nb\nc\n"))
        .hasMessage("ids.csv names 3 rows, but m.npy has 2");
  }

  @Test
  void refusesAFileThatIsCutOff() {
    assertThatThrownBy(() -> copy(Npy.float32("(3, 2)", 1, 2, 3, 4), "sample_id\na\nb\nc\n"))
        .hasMessage("m.npy: is cut off: its shape is (3, 2), but it has bytes for 2 rows only");
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
        .hasMessage("m.npy: must hold at least one embedding of one value, its shape is (0, 256)");
  }

  @Test
  void namesAllBadRows() {
    assertThatThrownBy(
            () ->
                copy(
                    Npy.float32("(5, 1)", 1, Float.NaN, Float.NEGATIVE_INFINITY, 4, 5),
                    "sample_id,split\na,train\nb,train\nc,train\na,test\nd,valid\n"))
        .hasMessage(
            "m.npy: 4 problems: row 2 (b): value 0 of its embedding is NaN;"
                + " row 3 (c): value 0 of its embedding is -Infinity;"
                + " a is there twice: row 1 and row 4;"
                + " row 5 (d): split must be train, dev or test, got valid");
  }

  @Test
  void refusesIdsWithoutSampleId() {
    assertThatThrownBy(() -> copy(Npy.float32("(1, 1)", 1), "id\na\n"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.MISSING_COLUMN)
        .hasMessage("ids.csv: column \"sample_id\" is missing, there are: id");
  }
}
