package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

class EmbeddingsTest {
  @TempDir Path folder;

  private final Map<String, float[]> vectors = new LinkedHashMap<>();

  private Embeddings embeddings(String... silent) throws IOException {
    return Embeddings.read(RecordingFiles.write(folder.resolve("made"), vectors, silent));
  }

  @Test
  void eachRecordingHasItsVectorAndItsSpeaker() throws IOException {
    vectors.put("0012.wav", new float[] {1, 2, 3});
    vectors.put("anna/old/NA.mp3", new float[] {-4, 5, 6});
    Embeddings embeddings = embeddings();

    assertThat(embeddings.ids()).containsExactly("0012", "NA");
    assertThat(embeddings.dimension()).isEqualTo(3);
    assertThat(embeddings.vector("NA")).containsExactly(-4, 5, 6);
    assertThat(embeddings.matrix()).isDeepEqualTo(new float[][] {{1, 2, 3}, {-4, 5, 6}});
    Table table = embeddings.table();
    assertThat(table.columnNames()).containsExactly("sample_id", "speaker", "path");
    assertThat(table.stringColumn("sample_id").asList()).containsExactly("0012", "NA");
    assertThat(table.stringColumn("speaker").isMissing(0)).isTrue();
    assertThat(table.getString(1, "speaker")).isEqualTo("anna");
    assertThat(table.getString(1, "path")).isEqualTo("anna/old/NA.mp3");
    assertThat(embeddings.missing().isEmpty()).isTrue();
    assertThat(embeddings).hasToString("2 embeddings of 3 values");
  }

  @Test
  void librispeechsIdsNameTheSpeakerWhereAllAreOfThem() throws IOException {
    vectors.put("dev-clean/84/1/84-1-0000.flac", new float[] {1});
    assertThat(embeddings().table().getString(0, "speaker")).isEqualTo("84");
    vectors.put("mine/a.flac", new float[] {2});
    assertThat(embeddings().table().stringColumn("speaker").asList())
        .containsExactly("dev-clean", "mine");
  }

  @Test
  void whatHasNoneIsMissingAndAskingForItIsOneLine() throws IOException {
    vectors.put("a.wav", new float[] {1});
    Embeddings embeddings = embeddings("room/hush.wav");

    assertThat(embeddings).hasToString("1 embedding of 1 value; 1 recording has none");
    Table missing = embeddings.missing();
    assertThat(missing.columnNames()).containsExactly("sample_id", "path", "reason");
    assertThat(missing.getString(0, "sample_id")).isEqualTo("hush");
    assertThat(missing.getString(0, "path")).isEqualTo("room/hush.wav");
    assertThat(missing.getString(0, "reason")).isEqualTo("is silent");
    assertThatThrownBy(() -> embeddings.vector("hush"))
        .isInstanceOf(NotebookException.class)
        .hasMessage(
            "no embedding of \"hush\"; ids() lists those that have one, missing() the others");
    assertThatThrownBy(() -> embeddings.nearest("hush", 1)).hasMessageContaining("\"hush\"");
  }

  @Test
  void theNearestHaveTheSmallestAngle() throws IOException {
    vectors.put("east.wav", new float[] {1, 0});
    vectors.put("north.wav", new float[] {0, 3});
    vectors.put("northeast.wav", new float[] {2, 2});
    vectors.put("west.wav", new float[] {-1, 0});
    Table nearest = embeddings().nearest("east", 2);
    assertThat(nearest.columnNames()).containsExactly("sample_id", "cosine", "speaker", "path");
    assertThat(nearest.stringColumn("sample_id").asList()).containsExactly("northeast", "north");
    // cos 45°, cos 90°.
    assertThat(nearest.doubleColumn("cosine").get(0)).isCloseTo(Math.sqrt(0.5), within(1e-9));
    assertThat(nearest.doubleColumn("cosine").get(1)).isZero();
    assertThat(embeddings().nearest("east", 99).rowCount()).isEqualTo(3);
  }

  @Test
  void nobodyCanChangeThem() throws IOException {
    vectors.put("a.wav", new float[] {1});
    Embeddings embeddings = embeddings();
    embeddings.vector("a")[0] = 9;
    embeddings.matrix()[0][0] = 9;
    embeddings.table().removeColumns("path");
    assertThat(embeddings.vector("a")).containsExactly(1);
    assertThat(embeddings.table().columnNames()).contains("path");
  }

  @Test
  void savedTheyAreWhatRunsAndNumpyRead() throws IOException {
    vectors.put("a.wav", new float[] {1, 2, 3});
    vectors.put("b.wav", new float[] {4, 5, -6.5f});
    Path saved = folder.resolve("deep/saved");
    embeddings().save(saved);
    embeddings().save(saved); // again: replaced

    assertThat(saved.resolve("ids.csv")).content().isEqualTo("sample_id\n\"a\"\n\"b\"\n");
    ByteBuffer npy =
        ByteBuffer.wrap(Files.readAllBytes(saved.resolve("x.npy"))).order(ByteOrder.LITTLE_ENDIAN);
    // numpy aligns values to 64 bytes: 10 + 118.
    assertThat(npy.getShort(8)).isEqualTo((short) 118);
    assertThat(new String(npy.array(), 10, 118, java.nio.charset.StandardCharsets.US_ASCII))
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
        .endsWith(" \n");
    assertThat(npy.capacity()).isEqualTo(128 + 4 * 6);
    assertThat(npy.getFloat(128 + 4 * 5)).isEqualTo(-6.5f);
    assertThat(saved.toFile().list()).containsExactlyInAnyOrder("ids.csv", "x.npy");
  }

  @Test
  void whatCannotBeSavedIsOneLine() throws IOException {
    vectors.put("a.wav", new float[] {1});
    Path file = Files.createFile(folder.resolve("file"));
    Embeddings embeddings = embeddings();
    assertThatThrownBy(() -> embeddings.save(file))
        .isInstanceOf(NotebookException.class)
        .hasMessageStartingWith("cannot save embeddings in " + file);
  }
}
