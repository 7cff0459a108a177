package org.speechrate.deploy;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Such as 30m, 6h, 1h30m or 7d. */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Map<String, Duration> UNITS =
      Map.of(
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  private static final Pattern ALL = Pattern.compile("(?:[0-9]{1,6}[smhd])+");
  private static final Pattern PART = Pattern.compile("([0-9]+)([smhd])");

  @Override
  public Duration convert(String text) {
    Duration sum = Duration.ZERO;
    if (ALL.matcher(text).matches()) {
      Matcher part = PART.matcher(text);
      while (part.find()) {
        sum = sum.plus(UNITS.get(part.group(2)).multipliedBy(Long.parseLong(part.group(1))));
      }
    }
    if (sum.isZero()) {
      throw new TypeConversionException(
          "must be a time such as 30m, 6h, 1h30m or 7d, is \"" + text + "\"");
    }
    return sum;
  }

  /** The same again. */
  static String text(Duration time) {
    String text =
        part(time.toDays(), "d")
            + part(time.toHoursPart(), "h")
            + part(time.toMinutesPart(), "m")
            + part(time.toSecondsPart(), "s");
    return text.isEmpty() ? "0s" : text;
  }

  private static String part(long count, String unit) {
    return count == 0 ? "" : count + unit;
  }
}
