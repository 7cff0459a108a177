package org.speechrate.labels;

import java.util.Locale;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/**
 * The label: characters per second, where a character counts if Python's {@code str.isalnum}
 * accepts it. That is any letter (categories L*), and any character with a numeric value, which all
 * of Nd, Nl and No have; so "Ⅻ" and "²" count, an apostrophe or a combining accent does not.
 */
public final class SpeechRate {
  /**
   * Below it nobody speaks, and above it nobody can: LibriSpeech's utterances have 3 to 25 letters
   * per second, fast speech about 30. The bounds leave room for pauses and for other alphabets;
   * they catch labels in another unit, such as letters per minute, seconds or ids.
   */
  static final double SLOWEST_CPS = 0.1;

  /** See {@link #SLOWEST_CPS}. */
  static final double FASTEST_CPS = 100;

  private SpeechRate() {}

  static boolean isPlausible(double cps) {
    return cps >= SLOWEST_CPS && cps <= FASTEST_CPS;
  }

  /**
   * Letters and digits of the text per second.
   *
   * @throws Refusal if seconds is not above 0, or the text has no letter or digit
   */
  public static double cps(String text, double seconds) {
    if (!(seconds > 0) || Double.isInfinite(seconds)) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          String.format(Locale.ROOT, "seconds must be above 0, got %s", seconds));
    }
    long characters = characters(text);
    if (characters == 0) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          String.format("text must have a letter or digit, got \"%s\"", Problems.value(text)));
    }
    return characters / seconds;
  }

  /** Number of code points that are letters or digits. */
  public static long characters(String text) {
    return text.codePoints().filter(SpeechRate::isAlphanumeric).count();
  }

  static boolean isAlphanumeric(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.LETTER_NUMBER,
          Character.OTHER_NUMBER ->
          true;
      default -> false;
    };
  }
}
