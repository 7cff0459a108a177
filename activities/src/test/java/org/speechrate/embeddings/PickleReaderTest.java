package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.Refusal;

class PickleReaderTest {
  private static final long BUDGET = 1 << 20;

  /** One byte for each char. */
  private static Object read(String pickle) throws IOException {
    byte[] bytes = pickle.getBytes(StandardCharsets.ISO_8859_1);
    return new PickleReader(
            new PickleInput(new ByteArrayInputStream(bytes), bytes.length),
            PickleGlobal.NAMES,
            BUDGET)
        .read();
  }

  @Test
  void readsNumbersOfEveryProtocol() throws IOException {
    assertThat(read("I-7\n.")).isEqualTo(-7L);
    assertThat(read("I01\n.")).isEqualTo(true);
    assertThat(read("L12345678901234567890L\n.")).isEqualTo(new BigInteger("12345678901234567890"));
    assertThat(read("F1.5\n.")).isEqualTo(1.5);
    assertThat(read("J\u00FE\u00FF\u00FF\u00FF.")).isEqualTo(-2L);
    assertThat(read("M\u0001\u0001.")).isEqualTo(257L);
    assertThat(read("\u008A\u0002\u0000\u0080.")).isEqualTo(-32768L);
    assertThat(read("G?\u00F8\u0000\u0000\u0000\u0000\u0000\u0000.")).isEqualTo(1.5);
  }

  @Test
  void readsTextOfEveryProtocol() throws IOException {
    assertThat(read("Va\\u20ac\u00E9\\U0001d400\n.")).isEqualTo("a€é\uD835\uDC00");
    assertThat(read("X\u0002\u0000\u0000\u0000\u00C3\u00A9.")).isEqualTo("é");
    assertThat(read("\u008C\u0001a.")).isEqualTo("a");
    assertThat((byte[]) read("S'it\\'s\\x41\\n'\n.")).asString().isEqualTo("it'sA\n");
  }

  @Test
  void readsContainersAndTheMemo() throws IOException {
    assertThat(read("(lp0\nI1\nag0\nI2\na0.")).isEqualTo(List.of(1L, 2L));
    assertThat(read("(S'a'\nI1\nd.")).isEqualTo(Map.of("a", 1L));
    assertThat(read("}(\u008C\u0001aK\u0001\u008C\u0001bK\u0002u."))
        .isEqualTo(Map.of("a", 1L, "b", 2L));
  }

  @ParameterizedTest
  @CsvSource({
    "os,system",
    "builtins,eval",
    "builtins,getattr",
    "subprocess,Popen",
    "numpy,load",
    "numpy.core.multiarray,fromfile",
    "_codecs,decode",
    "torch._utils,_rebuild_tensor_v2",
    "pathlib,PosixPath"
  })
  void refusesEveryNameThatIsNotOnTheList(String module, String name) {
    String asked = "its pickle names " + module + "." + name + ", which is neither";
    assertThatThrownBy(() -> read("c" + module + "\n" + name + "\n."))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(asked);
    assertThatThrownBy(() -> read("(i" + module + "\n" + name + "\n."))
        .hasMessageStartingWith(asked);
    assertThatThrownBy(
            () ->
                read(
                    "\u008C"
                        + (char) module.length()
                        + module
                        + "\u008C"
                        + (char) name.length()
                        + name
                        + "\u0093."))
        .hasMessageStartingWith(asked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Pid\n.", // a persistent id
        "\u0082\u0001.", // the extension registry
        "\u0097.", // an out-of-band buffer
        "cnumpy\nndarray\n)\u0081.", // an object of a class
        "cnumpy\nndarray\n)R.", // a call of a class
        "c_codecs\nencode\n(Va\nVrot13\ntR.", // another codec
        "\u00FE.", // no instruction
        "\u0080\u0006.", // a later protocol
        "0.",
        "R.",
        "b.",
        "a.",
        "s.",
        "t.",
        "\u0085.",
        "h\u0000.",
        "(.",
        "I1\nI2\nb.",
        "(lI1\nb.",
        "(l(ld.",
        "}]K\u0001s.",
        "K\u0001K\u0002a.",
        "(K\u0001d.",
        "K\u0001p-1\n.",
        "Ix\n.",
        "S'a\n.",
        "Va\\u00\n."
      })
  void refusesWhatIsNotData(String pickle) {
    assertThatThrownBy(() -> read(pickle)).isInstanceOf(Refusal.class);
  }

  @Test
  void allocatesNothingForSizesThatAreNotThere() {
    assertThatThrownBy(() -> read("B\u00FF\u00FF\u00FF\u007Fabc"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "is cut off or damaged: the pickle needs 2147483647 more bytes, the file has 3;"
                + " copy or save it again");
    assertThatThrownBy(() -> read("\u008E" + "\u00FF".repeat(8)))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("is cut off or damaged");
    assertThatThrownBy(() -> read("K\u0001r\u00FF\u00FF\u00FF\u007F."))
        .hasMessageContaining("memo entry 2147483647 after 0");
    assertThatThrownBy(() -> read("L" + "9".repeat(1000) + "L\n."))
        .hasMessageContaining("a number");
  }

  @Test
  void staysWithinItsBudgetWhateverTheFileAsks() {
    assertThatThrownBy(() -> read("(".repeat(50_000) + "."))
        .hasMessage(
            "needs more than the 1 MiB of memory that this worker has for it; give the worker more"
                + " (-Xmx), or save a plain (n, d) array and use embeddings.source matrix");
    // 10,000 characters, converted again and again by a few bytes of pickle each time
    String again = "c_codecs\nencode\n(g0\nVlatin1\ntR0";
    assertThatThrownBy(() -> read("V" + "a".repeat(10_000) + "\np0\n" + again.repeat(1000) + "."))
        .hasMessageStartingWith("needs more than the 1 MiB");
  }

  @Test
  void toleratesAListThatHoldsItself() throws IOException {
    assertThat((List<?>) read("(lp0\ng0\na.")).hasSize(1);
  }

  @Test
  void nestsDeeplyWithoutRecursion() throws IOException {
    assertThat(read("]".repeat(9_000) + "a".repeat(8_999) + ".")).isInstanceOf(List.class);
  }
}
