package org.speechrate.publishing;

/** Text from users (names, ids, paths) inside our Markdown: shown as it is, never interpreted. */
final class Markdown {
  private static final int LONGEST = 500;

  private Markdown() {}

  /** One line, all that Markdown, HTML or a table would interpret taken literally. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .limit(LONGEST)
        .forEach(
            c -> {
              if (Character.isISOControl(c) || isInvisible(c)) {
                escaped.append(' ');
              } else if (c == '<') {
                escaped.append("&lt;");
              } else if (c == '>') {
                escaped.append("&gt;");
              } else if (c == '&') {
                escaped.append("&amp;");
              } else if ("\\`*_[]{}#|!~$@".indexOf(c) >= 0 || c == ':') {
                // A colon, so that no address becomes a link.
                escaped.append('\\').appendCodePoint(c);
              } else {
                escaped.appendCodePoint(c);
              }
            });
    return text.codePointCount(0, text.length()) > LONGEST ? escaped + " …" : escaped.toString();
  }

  /** Line ends of Unicode, and marks that turn the direction of the text around them. */
  private static boolean isInvisible(int c) {
    return Character.getType(c) == Character.FORMAT
        || Character.getType(c) == Character.LINE_SEPARATOR
        || Character.getType(c) == Character.PARAGRAPH_SEPARATOR;
  }
}
