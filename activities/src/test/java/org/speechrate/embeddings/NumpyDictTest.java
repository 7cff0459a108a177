package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;

/** On files of real numpys; resources/embeddings/make_fixtures.py says what is in them. */
class NumpyDictTest {
  @TempDir Path folder;

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = NumpyDictTest.class.getResourceAsStream("/embeddings/" + name)) {
      return in.readAllBytes();
    }
  }

  private EmbeddingFacts copy(byte[] content) throws IOException {
    return new NumpyDict(Files.write(folder.resolve("numpy_embs.npy"), content), "given.npy")
        .copyTo(folder, StageMonitor.silent());
  }

  /** If this fails, the stage's output has changed: raise EmbeddingActivitiesImpl.VERSION. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "numpy1-protocol0", "numpy1-protocol1", "numpy1-protocol2", "numpy1-protocol3",
        "numpy1-protocol4", "numpy1-protocol5", "numpy1-saved", "numpy2-protocol0",
        "numpy2-protocol1", "numpy2-protocol2", "numpy2-protocol3", "numpy2-protocol4",
        "numpy2-protocol5", "numpy2-saved"
      })
  void readsWhatEveryNumpyAndProtocolWrites(String name) throws IOException {
    EmbeddingFacts facts = copy(resource(name + ".npy"));

    assertThat(facts).isEqualTo(new EmbeddingFacts("numpy-dict", 4, 3));
    assertThat(folder.resolve("ids.csv"))
        .hasContent(
            """
            sample_id,split,label
            84-1-0000,train,84
            84-1-0001,train,eighty-four
            174-1-0000,dev,174
            61-1-0000,test,sixty-one
            """);
    assertThat(Npy.values(folder.resolve("x.npy")))
        .containsExactly(1, 2, 3, 0.5f, -0.25f, 4, 1.5f, 65504, -2, 0, -1, 0.125f);
    assertThat(Files.size(folder.resolve("x.npy"))).isEqualTo(128 + 4 * 3 * 4);
    assertThat(EmbeddingActivitiesImpl.VERSION).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"malicious-system,posix.system", "malicious-eval,__builtin__.eval"})
  void refusesAnythingThatCouldRunByItsName(String fileAndName) throws IOException {
    String[] both = fileAndName.split(",", -1);
    byte[] content = resource(both[0] + ".npy");

    assertThatThrownBy(() -> copy(content))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "given.npy: its pickle names "
                + both[1]
                + ", which is neither plain data nor a numpy array; nothing of it was executed;"
                + " save plain dicts, lists, str, int and float32 arrays");
    assertThat(Path.of("executed")).doesNotExist();
  }

  @Test
  void refusesAFileThatIsCutOffAnywhere() throws IOException {
    for (String name : new String[] {"numpy1-protocol0.npy", "numpy2-protocol5.npy"}) {
      byte[] whole = resource(name);
      for (int length = 0; length < whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> copy(cut))
            .isInstanceOf(Refusal.class)
            .hasMessageStartingWith("given.npy: ");
      }
    }
  }

  @Test
  void survivesAnyDamagedByte() throws IOException {
    byte[] whole = resource("numpy2-protocol4.npy");
    for (int at = 0; at < whole.length; at++) {
      for (int value : new int[] {0, 0x28, 0x52, 0x7F, 0x80, 0xFF}) {
        byte[] damaged = whole.clone();
        damaged[at] = (byte) value;
        try {
          copy(damaged);
        } catch (Refusal e) {
          assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
        }
      }
    }
  }

  /** A protocol 0 pickle of an object array of shape () around this value. */
  private static byte[] around(String value) throws IOException {
    return Npy.object(
        ("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(t"
                + "cnumpy\ndtype\n(S'O8'\ntR(I3\nS'|'\nNNNI-1\nI-1\nI63\ntbI00\n(l"
                + value
                + "atb.")
            .getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String floats(int dimension, String escapedBytes) {
    return "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I"
        + dimension
        + "\ntcnumpy\ndtype\n(S'f4'\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'"
        + escapedBytes
        + "'\ntb";
  }

  private static String item(String path, String embedding) {
    return "(dS'file_path'\nS'" + path + "'\nsS'embedding'\n" + embedding + "s";
  }

  private static final String ONE = "\\x00\\x00\\x80?"; // 1.0 as float32
  private static final String NAN = "\\x00\\x00\\xc0\\x7f";

  @Test
  void readsWhatPython2Wrote() throws IOException {
    copy(around("(dS'train'\n(l" + item("raw/a.flac", floats(2, ONE + ONE)) + "as"));

    assertThat(Npy.values(folder.resolve("x.npy"))).containsExactly(1, 1);
    assertThat(folder.resolve("ids.csv")).content().endsWith("\na,train,\n");
  }

  @Test
  void refusesValuesThatAreNotFinite() {
    assertThatThrownBy(
            () -> copy(around("(dS'dev'\n(l" + item("raw/a.flac", floats(2, ONE + NAN)) + "as")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "given.npy: dev[0] (a): value 1 of its embedding is NaN; compute it again, or"
                + " leave its utterance out");
  }

  @Test
  void refusesAnotherDimension() {
    assertThatThrownBy(
            () ->
                copy(
                    around(
                        "(dS'dev'\n(l"
                            + item("raw/a.flac", floats(2, ONE + ONE))
                            + "a"
                            + item("raw/b.flac", floats(1, ONE))
                            + "as")))
        .hasMessage(
            "given.npy: dev[1] (b) has 1 value, those before it have 2; compute all with one"
                + " encoder");
  }

  @Test
  void refusesAnIdThatIsThereTwice() {
    String item = item("raw/a.flac", floats(1, ONE));

    assertThatThrownBy(() -> copy(around("(dS'dev'\n(l" + item + "a" + item + "as")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.DUPLICATE_ID)
        .hasMessage("given.npy: a is there twice: dev[0] and dev[1]; keep one of each");
    assertThatThrownBy(() -> copy(around("(dS'dev'\n(l" + item + "asS'test'\n(l" + item + "as")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.SPLIT_OVERLAP)
        .hasMessage("given.npy: a is there twice: dev[0] and test[0]; keep one of each");
  }

  @Test
  void refusesUnknownSplitsByName() {
    assertThatThrownBy(() -> copy(around("(dS'valid'\n(ls")))
        .hasMessage("given.npy: splits must be train, dev and test, got also: valid");
  }

  @Test
  void refusesADictWithoutEmbeddings() {
    assertThatThrownBy(() -> copy(around("(d")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.TOO_FEW_ROWS)
        .hasMessage(
            "given.npy: must hold at least one embedding, it holds none; give one for each"
                + " utterance");
  }

  @Test
  void refusesItemsOfAnotherLayout() {
    assertThatThrownBy(() -> copy(around("(dS'dev'\n(lI5\nas")))
        .hasMessage(
            "given.npy: dev[0] must be a dict with file_path, embedding and label, is an int");
    assertThatThrownBy(() -> copy(around("(dS'dev'\n(l(dS'path'\nS'a'\nsas")))
        .hasMessage("given.npy: dev[0] has no \"embedding\", it has: path");
    assertThatThrownBy(() -> copy(around("(dS'dev'\n(l" + item("a", "(l") + "as")))
        .hasMessage(
            "given.npy: dev[0]: embedding must be an array of float16, float32 or float64 of shape"
                + " (d,) or (1, d), is a list");
    assertThatThrownBy(() -> copy(around("(l")))
        .hasMessage("given.npy: must hold a dict of splits, holds a list");
  }

  @Test
  void refusesAPlainMatrixAndNamesTheOtherSource() {
    assertThatThrownBy(() -> copy(Npy.float32("(1, 2)", 1, 2)))
        .hasMessage(
            "given.npy: is a plain array of float32 of shape (1, 2); use embeddings.source"
                + " \"matrix\" with embeddings.ids");
  }
}
