package org.speechrate.report;

import java.util.Locale;
import org.speechrate.pipeline.evaluation.Interval;

/** Numbers as people read them: few digits, a real minus sign, never an exponent of Java's. */
final class Numbers {
  private static final double LARGE = 1e7;
  private static final double SMALL = 0.1;
  private static final double TINY = 1e-4;

  private Numbers() {}

  /** Such as "4.25", "12,345", "0.021" or "3.1 × 10⁻⁷". */
  static String of(double value) {
    double magnitude = Math.abs(value);
    if (magnitude == 0) {
      return "0";
    }
    if (magnitude >= LARGE || magnitude < TINY) {
      return scientific(value);
    }
    if (magnitude >= 1000) {
      return fixed(value, 0);
    }
    // Two digits that mean something.
    return fixed(value, magnitude >= SMALL ? 2 : 1 - (int) Math.floor(Math.log10(magnitude)));
  }

  /** The same with a sign, whichever it is. */
  static String signed(double value) {
    String text = of(value);
    return value > 0 ? "+" + text : text;
  }

  static String fixed(double value, int decimals) {
    String text = String.format(Locale.ROOT, "%,." + decimals + "f", value);
    // No minus before what has become 0.
    return text.chars().noneMatch(c -> c >= '1' && c <= '9')
        ? text.replace("-", "")
        : text.replace('-', '−');
  }

  static String interval(Interval interval) {
    return of(interval.low()) + " to " + of(interval.high());
  }

  private static String scientific(double value) {
    String text = String.format(Locale.ROOT, "%.1e", value);
    int e = text.indexOf('e');
    StringBuilder exponent = new StringBuilder();
    Integer.toString(Integer.parseInt(text.substring(e + 1)))
        .chars()
        .forEach(c -> exponent.append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0')));
    return text.substring(0, e).replace('-', '−') + " × 10" + exponent;
  }
}
