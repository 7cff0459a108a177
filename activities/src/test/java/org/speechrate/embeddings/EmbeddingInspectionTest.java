package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.embeddings.EmbeddingInspection.Found;
import org.speechrate.embeddings.EmbeddingInspection.Norms;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AllowedHosts;

class EmbeddingInspectionTest {
  private static final Found NONE = new Found(0, List.of());

  @TempDir Path folder;

  private EmbeddingInspection inspect(String shape, String ids, float... values)
      throws IOException {
    Path x = Files.write(folder.resolve("x.npy"), Npy.float32(shape, values));
    Path csv = Files.writeString(folder.resolve("ids.csv"), ids);
    return EmbeddingInspection.of(
        new EmbeddingsSpec(Source.AUTO, Optional.of(x.toString()), Optional.of(csv.toString())),
        AllowedHosts.LOOPBACK,
        StageMonitor.silent());
  }

  @Test
  void tellsWhatIsInASource() throws IOException {
    EmbeddingInspection found =
        inspect("(3, 2)", "sample_id,split,label\na,train,x\nb,train,\nc,dev,\n", 3, 4, 0, 4, 0, 4);

    assertThat(found.source()).isEqualTo("matrix");
    assertThat(found.fileCount()).isEqualTo(2);
    assertThat(found.embeddings()).isEqualTo(3);
    assertThat(found.dimension()).isEqualTo(2);
    assertThat(found.stored()).containsExactly("float32");
    assertThat(found.splits()).isEqualTo(Map.of("train", 2L, "dev", 1L));
    assertThat(found.labelled()).isEqualTo(1);
    assertThat(found.firstIds()).containsExactly("a", "b", "c");
    // |(3, 4)| = 5, |(0, 4)| = 4
    assertThat(found.norms()).contains(new Norms(4, 13 / 3.0, 5));
    assertThat(found.constantDimensions()).containsExactly(1);
    assertThat(List.of(found.notFinite(), found.otherDimension(), found.badIds(), found.zero()))
        .containsOnly(NONE);
    assertThat(found.runRefuses()).isEmpty();
  }

  @Test
  void showsWhatARunRefuses() throws IOException {
    EmbeddingInspection found =
        inspect("(4, 1)", "sample_id,split\na,train\na,dev\nb,eval\n,test\n", 0, Float.NaN, 2, 3);

    assertThat(found.notFinite())
        .isEqualTo(new Found(1, List.of("row 1, counted from 0 (a): value 0 is NaN")));
    assertThat(found.zero()).isEqualTo(new Found(1, List.of("row 0, counted from 0 (a)")));
    assertThat(found.badIds().first())
        .containsExactly(
            "line 3 (a): an earlier row has its sample_id",
            "line 4 (b): its split is eval",
            "line 5: it has no sample_id");
    assertThat(found.runRefuses())
        .containsExactly("1 embedding is not finite", "3 embeddings are badly named");
    assertThat(inspect("(2, 1)", "sample_id\na\nb\n", 7, 7).runRefuses())
        .containsExactly("all its embeddings are the same vector");
    assertThat(inspect("(0, 1)", "sample_id\n").runRefuses())
        .containsExactly("it holds no embedding");
  }

  @Test
  void tellsOtherDimensionsAndEveryWayOfStoring() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.write(tree.resolve("a.npy"), Npy.float32("(1,)", 1));
    Files.write(tree.resolve("b.npy"), Npy.float32("(2,)", 1, 2));
    Files.write(
        tree.resolve("c.npy"),
        Npy.of("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", new byte[8]));
    EmbeddingInspection found =
        EmbeddingInspection.of(
            new EmbeddingsSpec(Source.AUTO, Optional.of(tree.toString()), Optional.empty()),
            AllowedHosts.LOOPBACK,
            StageMonitor.silent());

    assertThat(found.stored()).containsExactly("float32", "float64");
    assertThat(found.splits()).isEqualTo(Map.of("", 3L));
    assertThat(found.otherDimension())
        .isEqualTo(new Found(1, List.of("b.npy (b): it has 2 values")));
  }

  @Test
  void refusesWhatCannotBeReadAsARunDoes() {
    assertThatThrownBy(() -> inspect("(3, 2)", "sample_id\na\n", 1))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("x.npy\": is cut off: its shape is (3, 2)");
  }
}
