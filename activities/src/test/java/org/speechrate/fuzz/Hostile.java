package org.speechrate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.speechrate.pipeline.Refusal;

/** What a reader may do with any input: read it, or refuse it in one line. */
public final class Hostile {
  /** Ten problems, each with a few values of at most 80 characters. */
  private static final int LONGEST_LINE = 6000;

  private Hostile() {}

  /** A reader at work on an input. */
  public interface Reader {
    void read() throws Exception;
  }

  /**
   * @param shown what a refusal must name, such as the file
   */
  public static void read(String shown, Reader reader) throws Exception {
    try {
      reader.read();
    } catch (Refusal e) {
      assertOneLine(e.getMessage(), shown);
    }
  }

  /**
   * @param shown what the line must name, such as the file
   */
  public static void assertOneLine(String line, String shown) {
    assertThat(line)
        .contains(shown)
        .hasSizeLessThan(LONGEST_LINE)
        .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]");
  }

  /** One byte a character. */
  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
