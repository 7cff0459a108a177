package org.speechrate.deploy;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a user reads: failures of Java in one line without names of classes, sizes, quoted words.
 */
final class Words {
  /** A qualified exception's name where {@code toString} puts it: in front of the message. */
  private static final Pattern EXCEPTION =
      Pattern.compile("(?:[a-z]\\w*\\.)+(?:\\w+\\$)?(\\w+?)(?:Exception|Error)(?::\\s*|$)");

  /** Names that tell nothing beside the message that follows them. */
  private static final Set<String> EMPTY =
      Set.of(
          "IO",
          "UncheckedIO",
          "Runtime",
          "IllegalState",
          "IllegalArgument",
          "FileSystem",
          "StatusRuntime");

  private static final Pattern SHELL_SAFE = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  /** Of a column's last text. */
  private static final int SHORTENED = 70;

  private Words() {}

  /** One that ends a table's row. */
  static String shortened(String text) {
    return text.length() <= SHORTENED ? text : text.substring(0, SHORTENED - 1) + "…";
  }

  static String of(Throwable failure) {
    return line(failure.toString());
  }

  /** The first line of a message, such as "access denied: /data/x". */
  static String line(String message) {
    Matcher exceptions = EXCEPTION.matcher(message.strip().lines().findFirst().orElse(""));
    String line =
        exceptions.replaceAll(
            name ->
                EMPTY.contains(name.group(1))
                    ? ""
                    : Matcher.quoteReplacement(
                        spaced(name.group(1)) + (name.group().contains(":") ? ": " : "")));
    return line.isBlank() ? "it gave no reason" : line.strip();
  }

  private static String spaced(String name) {
    return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  /** Such as 340 KB, 12 MB or 1.5 GB; powers of ten. */
  static String size(long bytes) {
    if (bytes < 1e6) {
      return String.format(Locale.ROOT, "%.0f KB", Math.ceil(bytes / 1e3));
    }
    return bytes < 1e9
        ? String.format(Locale.ROOT, "%.0f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }

  /** A word that can be pasted into a shell. */
  static String quoted(String word) {
    return SHELL_SAFE.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
