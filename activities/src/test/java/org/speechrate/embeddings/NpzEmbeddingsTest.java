package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;

class NpzEmbeddingsTest {
  @TempDir Path folder;

  private EmbeddingFacts copy(byte[] npz) throws IOException {
    return new NpzEmbeddings(
            Files.write(folder.resolve("given.npz"), npz), "e.npz", Optional.empty())
        .copyTo(folder, StageMonitor.silent());
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(byte[] npz) {
    return assertThatThrownBy(() -> copy(npz)).isInstanceOf(Refusal.class);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = NpzEmbeddingsTest.class.getResourceAsStream("/embeddings/" + name)) {
      return in.readAllBytes();
    }
  }

  /** Deflated; names and contents in turn. */
  private static byte[] zip(Object... namesAndContents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) namesAndContents[i]));
        zip.write((byte[]) namesAndContents[i + 1]);
      }
    }
    return bytes.toByteArray();
  }

  /** An array of one-letter bytes. */
  private static byte[] letters(String letters) throws IOException {
    return Npy.of(
        "{'descr': '|S1', 'fortran_order': False, 'shape': (" + letters.length() + ",)}",
        letters.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void readsTheColumnsThatNumpyDeflated() throws IOException {
    assertThat(copy(resource("columns.npz"))).isEqualTo(new EmbeddingFacts("npz", 3, 2));
    assertThat(Npy.values(folder.resolve("x.npy"))).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(folder.resolve("ids.csv"))
        .hasContent("sample_id,split,label\n84-1-0000,train,\n84-1-0001,dev,\né-2,,\n");
  }

  @Test
  void readsAnArrayAnUtteranceThatNumpyStored() throws IOException {
    assertThat(copy(resource("each.npz"))).isEqualTo(new EmbeddingFacts("npz", 3, 2));
    assertThat(Npy.values(folder.resolve("x.npy"))).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(folder.resolve("ids.csv"))
        .hasContent("sample_id,split,label\n84-1-0000,,\n84-1-0001,,\né-2,,\n");
  }

  @Test
  void takesEmbeddingsForX() throws IOException {
    copy(zip("embeddings.npy", Npy.float32("(2, 1)", 7, 8), "ids.npy", letters("ab")));

    assertThat(folder.resolve("ids.csv")).hasContent("sample_id,split,label\na,,\nb,,\n");
  }

  @Test
  void needsVectorsAndIds() throws IOException {
    String rule = "e.npz: must hold x or embeddings (n, d), and ids (n,), holds: ";
    String cure = "; write it with np.savez(path, x=x, ids=np.array(ids))";
    byte[] x = Npy.float32("(1, 1)", 7);

    refused(zip("x.npy", x)).hasMessage(rule + "x" + cure);
    refused(zip("ids.npy", x)).hasMessage(rule + "ids" + cure);
    refused(zip("x.npy", x, "embeddings.npy", x, "ids.npy", x))
        .hasMessage(rule + "embeddings, ids, x" + cure);
    refused(zip("x.npy", x, "ids.npy", letters("ab")))
        .hasMessage(
            "e.npz: ids.npy: must have the shape (1,), one for each embedding, is of shape (2,)");
    refused(zip("x.npy", x, "ids.npy", Npy.object(new byte[0])))
        .hasMessage(
            "e.npz: ids.npy: must be an array of str or bytes, is object; save it as np.array(ids,"
                + " dtype=str)");
    refused(zip("x.npy", Npy.float32("(1,)", 7), "ids.npy", letters("a")))
        .hasMessage(
            "e.npz: x.npy: must be float16, float32 or float64 of shape (n, d), is float32 of shape"
                + " (1,)");
  }

  @Test
  void namesTheRowOfABadValue() throws IOException {
    refused(zip("x.npy", Npy.float32("(2, 1)", 1, Float.NaN), "ids.npy", letters("ab")))
        .hasMessage(
            "e.npz: row 1, counted from 0 (b): value 0 of its embedding is NaN; compute it again, or"
                + " leave its utterance out");
    refused(zip("x.npy", Npy.float32("(2, 1)", 1, 2), "ids.npy", letters("aa")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.DUPLICATE_ID);
    refused(zip("b.npy", Npy.float32("(2,)", 1, 2), "a.npy", Npy.float32("(1,)", 1)))
        .hasMessage(
            "e.npz: b.npy (b) has 2 values, those before it have 1; compute all with one encoder");
    refused(zip("a.npy", Npy.float32("(2, 1)", 1, 2)))
        .hasMessage(
            "e.npz: a.npy: must be float16, float32 or float64 of shape (d,) or (1, d), is float32 of"
                + " shape (2, 1); give one vector for each utterance");
    byte[] surrogate = ByteBuffer.allocate(4).putInt(0xD800).array();
    byte[] ids = Npy.of("{'descr': '>U1', 'fortran_order': False, 'shape': (1,)}", surrogate);
    refused(zip("x.npy", Npy.float32("(1, 1)", 1), "ids.npy", ids))
        .hasMessage("e.npz: ids.npy: row 0, counted from 0, holds 0xD800, which is no character");
  }

  @Test
  void refusesWhatIsNoArray() throws IOException {
    String cure = "; write it with np.savez(path, x=x, ids=np.array(ids))";

    refused(zip("readme.txt", new byte[0]))
        .hasMessage("e.npz: readme.txt is no array (.npy)" + cure);
    for (String name : new String[] {"../a.npy", "/a.npy", "b/../a.npy", "..\\a.npy"}) {
      refused(zip(name, Npy.float32("(1,)", 1)))
          .hasMessage(
              "e.npz: " + name + " is no name of an array: it leads out of the file" + cure);
    }
    refused(zip()).hasMessageStartingWith("e.npz: must hold at least one embedding");
    refused(zip("a.npy", new byte[] {1, 2, 3, 4, 5, 6, 7}))
        .hasMessage("e.npz: a.npy: is not a .npy file of numpy; write it with np.save");
  }

  @Test
  void refusesArraysOfAnotherSizeThanTheySay() throws IOException {
    refused(zip("x.npy", Npy.float32("(900000000, 1)", 1), "ids.npy", letters("a")))
        .hasMessage(
            "e.npz: ids.npy: must have the shape (900000000,), one for each embedding, is of shape"
                + " (1,)");
    refused(zip("x.npy", Npy.float32("(2, 1)", 1), "ids.npy", letters("ab")))
        .hasMessage("e.npz: x.npy: ends before its last value; save it again with np.savez");
    refused(zip("x.npy", Npy.float32("(1, 1)", 1, 2), "ids.npy", letters("a")))
        .hasMessage("e.npz: x.npy: has bytes after its last value; save it again with np.savez");
    refused(zip("a.npy", Npy.float32("(3,)", 1)))
        .hasMessage(
            "e.npz: a.npy: is cut off: its shape is (3,), but it has bytes for 1 values only; save it"
                + " again");
    refused(zip("a.npy", Npy.float32("(9000000000,)", 1)))
        .hasMessage(
            "e.npz: a.npy: says that an embedding has 9,000,000,000 values, at most 1,048,576 are"
                + " read");
  }

  @Test
  void refusesAZipBombBeforeItUnpacksIt() throws IOException {
    byte[] zeros = new byte[65 << 20];

    refused(zip("a.npy", zeros))
        .hasMessageMatching(
            "e.npz: unpacks to more than 100 times its [0-9,]+ bytes, which no embeddings do;.*");
    assertThat(folder.resolve("x.npy")).doesNotExist();
  }

  @Test
  void refusesADamagedFile() throws IOException {
    byte[] npz = resource("each.npz");
    refused(Arrays.copyOf(npz, npz.length / 2))
        .hasMessageMatching("e.npz: is no whole .npz file \\(.*\\); write it with np.savez.*");
    // The first value's byte: after the local header, its name and extra field, and 128 of .npy.
    byte[] damaged = npz.clone();
    int names = (damaged[26] & 0xFF) + (damaged[28] & 0xFF);
    damaged[30 + names + 128] ^= 1;
    refused(damaged)
        .hasMessage(
            "e.npz: é-2.npy: is damaged: its checksum is another one; save it again with np.savez");
  }

  @Test
  void oneOfSeveralArraysIsTakenByName() throws IOException {
    byte[] npz =
        zip(
            "ids.npy", letters("ab"),
            "layer_1.npy", Npy.float32("(2, 2)", 1, 2, 3, 4),
            "layer_2.npy", Npy.float32("(2, 1)", 5, 6));
    Path file = Files.write(folder.resolve("layers.npz"), npz);
    NpzEmbeddings layer = new NpzEmbeddings(file, "e.npz", Optional.of("layer_2"));

    assertThat(layer.copyTo(folder, StageMonitor.silent()))
        .isEqualTo(new EmbeddingFacts("npz: layer_2", 2, 1));
    assertThat(Npy.values(folder.resolve("x.npy"))).containsExactly(5, 6);
    assertThat(layer.matrices()).containsExactly("layer_1", "layer_2");
    for (String name : new String[] {"layer_3", "ids"}) {
      assertThatThrownBy(() -> new NpzEmbeddings(file, "e.npz", Optional.of(name)).check())
          .hasMessage(
              "e.npz: must hold ids (n,) and the array \""
                  + name
                  + "\" (n, d), as embeddings.array says, holds: ids, layer_1, layer_2");
    }
  }
}
