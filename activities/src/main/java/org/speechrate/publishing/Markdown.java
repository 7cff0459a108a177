package org.speechrate.publishing;

/** Text from users (names, ids, paths) inside our Markdown: shown as it is, never interpreted. */
final class Markdown {
  private static final int LONGEST = 500;

  /**
   * What means something in the midst of a line: to Markdown, to its tables, or to GitHub
   * (strikethrough, mathematics). Our text never begins a line with a user's.
   */
  private static final String MEANINGFUL = "\\`*_{}[]#|~$";

  private Markdown() {}

  /** One line, all that Markdown, HTML or a table would interpret taken literally. */
  static String escape(String text) {
    int[] points = text.codePoints().limit(LONGEST + 1L).toArray();
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < Math.min(points.length, LONGEST); i++) {
      int c = points[i];
      if (Character.isISOControl(c) || isInvisible(c)) {
        escaped.append(' ');
      } else if (c == '<') {
        escaped.append("&lt;");
      } else if (c == '>') {
        escaped.append("&gt;");
      } else if (c == '&') {
        escaped.append("&amp;");
      } else if (MEANINGFUL.indexOf(c) >= 0 || beginsAddress(points, i)) {
        escaped.append('\\').appendCodePoint(c);
      } else {
        escaped.appendCodePoint(c);
      }
    }
    return points.length > LONGEST ? escaped + " …" : escaped.toString();
  }

  /** The colon of {@code http://…}, so that no address becomes a link. */
  private static boolean beginsAddress(int[] points, int at) {
    return points[at] == ':' && at + 1 < points.length && points[at + 1] == '/';
  }

  /** Line ends of Unicode, and marks that turn the direction of the text around them. */
  private static boolean isInvisible(int c) {
    return Character.getType(c) == Character.FORMAT
        || Character.getType(c) == Character.LINE_SEPARATOR
        || Character.getType(c) == Character.PARAGRAPH_SEPARATOR;
  }
}
