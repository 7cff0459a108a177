package org.speechrate.table;

import com.fasterxml.jackson.core.io.NumberInput;
import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Numbers in tables. */
public final class Decimals {
  /** No more than 17 significant digits are needed to tell any two doubles apart (IEEE 754). */
  private static final int MOST_DIGITS = 17;

  private static final int ALWAYS_FAITHFUL_DIGITS = 15;

  /** Nobody reads on; whoever has to know finds all digits in the files. */
  private static final int MOST_DECIMALS = 12;

  /** What Java and Python read alike; Java alone would also take "1d" and "0x1p3". */
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d{1,4})?");

  private static final int LONGEST = 400;

  /**
   * Between these, Jackson's writer gives the same digits, as it is no Double.toString but rounds
   * as we do, and no exponent.
   */
  private static final double LEAST_PLAIN = 1e-3;

  private static final double MOST_PLAIN = 1e7;

  private Decimals() {}

  /**
   * The shortest decimal that reads back as the same double. Unlike Double.toString it does not
   * depend on the Java version, so the bytes of our tables do not either.
   *
   * @param value finite
   */
  public static String shortest(double value) {
    double magnitude = Math.abs(value);
    if (magnitude >= LEAST_PLAIN && magnitude < MOST_PLAIN) {
      String text = NumberOutput.toString(value, true);
      return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
    BigDecimal exact = new BigDecimal(value);
    for (int digits = ALWAYS_FAITHFUL_DIGITS; digits < MOST_DIGITS; digits++) {
      BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (rounded.doubleValue() == value) {
        return plain(rounded);
      }
    }
    return plain(exact.round(new MathContext(MOST_DIGITS, RoundingMode.HALF_EVEN)));
  }

  /**
   * Two numbers for one sentence: with the given decimals, or with as many as it takes until
   * numbers that differ also look so.
   */
  public static List<String> apart(double one, double other, int decimals) {
    String format = "%." + decimals + "f";
    List<String> both =
        List.of(String.format(Locale.ROOT, format, one), String.format(Locale.ROOT, format, other));
    boolean alike = both.get(0).equals(both.get(1));
    return alike && one != other && decimals < MOST_DECIMALS
        ? apart(one, other, decimals + 1)
        : both;
  }

  private static String plain(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }

  /** Digits, a point, digits: nearly all numbers, and seen without a regular expression. */
  private static boolean isPlain(String text) {
    int point = text.indexOf('.');
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      if ((each < '0' || each > '9') && i != point) {
        return false;
      }
    }
    return point > 0 && point < text.length() - 1;
  }

  /** Empty where the text is no finite decimal number. */
  public static OptionalDouble parse(String text) {
    String stripped = text.strip();
    if (stripped.length() > LONGEST
        || !(isPlain(stripped) || DECIMAL.matcher(stripped).matches())) {
      return OptionalDouble.empty();
    }
    double value = NumberInput.parseDouble(stripped, true);
    return Double.isInfinite(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
