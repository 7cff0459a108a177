package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;

class EmbeddingMatrixTest {
  @TempDir Path folder;

  private static byte[] npy(float[][] rows) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NpyHeader.writeFloat32(out, rows.length, rows[0].length);
    for (float[] row : rows) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Float.BYTES * row.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(row);
      out.write(bytes.array());
    }
    return out.toByteArray();
  }

  @Test
  void readsTheRowsThatAreAskedForInAnyOrder() throws IOException {
    // There is room for 262 rows, so segments have 256, and there are three.
    float[][] matrix = new float[600][1000];
    for (int i = 0; i < 600; i++) {
      matrix[i][0] = i;
      matrix[i][999] = -i;
    }
    Path file = folder.resolve("x.npy");
    Files.write(file, npy(matrix));
    EmbeddingMatrix x = EmbeddingMatrix.open(file, 262 * 4000 + 17);
    assertThat(x.rows()).isEqualTo(600);
    assertThat(x.dimension()).isEqualTo(1000);
    float[] into = new float[2000];
    for (int i : new int[] {0, 255, 256, 257, 599, 5, 598}) {
      x.read(i, into, 1000);
      assertThat(into[1000]).isEqualTo(i);
      assertThat(into[1999]).isEqualTo(-i);
    }
    assertThat(into[0]).isZero();
    assertThat(x.blockRows(100_000)).isEqualTo(64);
    for (int first = 0; first < 600; first += 64) {
      int count = Math.min(64, 600 - first);
      FloatBuffer block = x.block(first, count).asFloatBuffer();
      assertThat(block.remaining()).isEqualTo(count * 1000);
      for (int i = 0; i < count; i++) {
        assertThat(block.get(i * 1000)).isEqualTo(first + i);
        assertThat(block.get(i * 1000 + 999)).isEqualTo(-first - i);
      }
    }
    assertThatThrownBy(() -> x.read(600, into, 0))
        .isInstanceOf(Refusal.class)
        .hasMessage(file + " has 600 rows, none is row 600");
  }

  @Test
  void refusesValuesThatAreNoNumbers() throws IOException {
    Path file = folder.resolve("x.npy");
    Files.write(file, npy(new float[][] {{1, 2}, {1, Float.NaN}}));
    EmbeddingMatrix x = EmbeddingMatrix.open(file);
    assertThatThrownBy(() -> x.read(1, new float[2], 0))
        .isInstanceOf(Refusal.class)
        .hasMessage(file + ", row 1: an embedding must be finite, value 1 is NaN");
  }

  @Test
  void refusesFilesThatAreNoMatrix() throws IOException {
    Path file = folder.resolve("x.npy");
    byte[] npy = npy(new float[][] {{1, 2}});
    Files.write(file, Arrays.copyOf(npy, npy.length - 4));
    refuses(file, "1 × 2 values need 136 bytes, it has 132");
    String text = new String(npy, StandardCharsets.ISO_8859_1);
    Files.write(file, text.replace("<f4", "<f8").getBytes(StandardCharsets.ISO_8859_1));
    refuses(file, "it must be float32, C order, two dimensions");
    Files.write(file, text.replace("False", "True ").getBytes(StandardCharsets.ISO_8859_1));
    refuses(file, "it must be float32, C order");
    Files.writeString(file, "row,sample_id");
    refuses(file, "is not a .npy file of numpy");
    Files.writeString(file, "row");
    refuses(file, "ends within its .npy header");
  }

  private static void refuses(Path file, String words) {
    assertThatThrownBy(() -> EmbeddingMatrix.open(file))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining(words)
        .hasMessageContaining(file.toString());
  }
}
