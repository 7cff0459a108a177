package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;

/** Samples and their embeddings, as training and evaluation read them. */
class SamplesTest {
  @TempDir Path folder;

  private static Sample row(int row) {
    return new Sample(row, "id-" + row, "train", "", 12);
  }

  @Test
  void readsTheRowsThatAreAskedForInAnyOrder() throws IOException {
    // 600 rows of 1,000 values exceed the window of 1 MiB more than twice.
    float[][] matrix = new float[600][1000];
    for (int i = 0; i < 600; i++) {
      matrix[i][0] = i;
      matrix[i][999] = -i;
    }
    Path file = folder.resolve("x.npy");
    Files.write(file, TestStages.npy(matrix));
    try (EmbeddingMatrix x = EmbeddingMatrix.open(file)) {
      assertThat(x.rows()).isEqualTo(600);
      assertThat(x.dimension()).isEqualTo(1000);
      float[] into = new float[2000];
      for (int i : new int[] {0, 261, 262, 263, 599, 5, 598}) {
        x.read(row(i), into, 1000);
        assertThat(into[1000]).isEqualTo(i);
        assertThat(into[1999]).isEqualTo(-i);
      }
      assertThat(into[0]).isZero();
      assertThatThrownBy(() -> x.read(row(600), into, 0))
          .isInstanceOf(Refusal.class)
          .hasMessage(
              "sample id-600: its embedding should be row 600 of " + file + ", which has 600 rows");
    }
  }

  @Test
  void refusesValuesThatAreNoNumbers() throws IOException {
    Path file = folder.resolve("x.npy");
    Files.write(file, TestStages.npy(new float[][] {{1, 2}, {1, Float.NaN}}));
    try (EmbeddingMatrix x = EmbeddingMatrix.open(file)) {
      assertThatThrownBy(() -> x.read(row(1), new float[2], 0))
          .isInstanceOf(Refusal.class)
          .hasMessage("sample id-1: its embedding must be finite, value 1 is NaN");
    }
  }

  @Test
  void refusesFilesThatAreNoMatrix() throws IOException {
    Path file = folder.resolve("x.npy");
    byte[] npy = TestStages.npy(new float[][] {{1, 2}});
    Files.write(file, java.util.Arrays.copyOf(npy, npy.length - 4));
    refuses(file, "1 × 2 values need 136 bytes, it has 132");
    String text = new String(npy, StandardCharsets.ISO_8859_1);
    Files.write(file, text.replace("<f4", "<f8").getBytes(StandardCharsets.ISO_8859_1));
    refuses(file, "it must be float32, C order, two dimensions; its header is {'descr': '<f8'");
    Files.write(file, text.replace("False", "True ").getBytes(StandardCharsets.ISO_8859_1));
    refuses(file, "it must be float32, C order");
    Files.writeString(file, "row,sample_id");
    refuses(file, "it does not begin as a .npy file does");
    Files.writeString(file, "row");
    refuses(file, "ends too early");
  }

  private static void refuses(Path file, String words) {
    assertThatThrownBy(() -> EmbeddingMatrix.open(file))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining(words)
        .hasMessageContaining(file.toString());
  }

  @Test
  void readsSamplesWithQuotedIdsAndNoSpeaker() throws IOException {
    Path file = folder.resolve("samples.csv");
    Files.writeString(
        file, "row,sample_id,split,speaker_id,cps\n3,\"a,b\",train,,12.5\n0,c,test,s 1,9\n");
    assertThat(SampleTable.read(file))
        .isEqualTo(
            List.of(new Sample(3, "a,b", "train", "", 12.5), new Sample(0, "c", "test", "s 1", 9)));
  }

  @Test
  void refusesSamplesThatCannotBeUsed() throws IOException {
    Path file = folder.resolve("samples.csv");
    Files.writeString(file, "row,sample_id,split,cps\n");
    assertThatThrownBy(() -> SampleTable.read(file))
        .isInstanceOf(Refusal.class)
        .hasMessage(file + " needs a column speaker_id, it has [row, sample_id, split, cps]");
    for (String bad : List.of("0,a,train,,NaN", "-1,a,train,,12", "x,a,train,,12")) {
      Files.writeString(file, "row,sample_id,split,speaker_id,cps\n" + bad + "\n");
      String[] values = bad.split(",", -1);
      assertThatThrownBy(() -> SampleTable.read(file))
          .isInstanceOf(Refusal.class)
          .hasMessage(
              file
                  + ", sample a: row must be an integer of at least 0 and cps a finite number, got \""
                  + values[0]
                  + "\" and \""
                  + values[4]
                  + "\"");
    }
  }
}
