package org.speechrate.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * HTML with SVG inside, as it grows. Text and attributes' values may hold anything: here alone they
 * become markup, well-formed as HTML and as XML.
 */
final class Markup {
  /** Stands for what has no glyph, or would change how the text around it is read. */
  private static final char REPLACEMENT = '\uFFFD';

  /** Writing systems that join their letters need them, and emoji do. */
  private static final String JOINERS = "\u200C\u200D";

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element; {@link #close} ends it.
   *
   * @param attributes names, and behind each one its value
   */
  Markup open(String tag, Object... attributes) {
    begin(tag, attributes);
    out.append('>');
    open.push(tag);
    return this;
  }

  /** An element without content: one of SVG, or a void one of HTML. */
  Markup empty(String tag, Object... attributes) {
    begin(tag, attributes);
    out.append("/>");
    return this;
  }

  /** An element with text alone. */
  Markup leaf(String tag, String text, Object... attributes) {
    return open(tag, attributes).text(text).close();
  }

  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  Markup text(String text) {
    escape(text, out);
    return this;
  }

  /** Text of a user's, whose direction of writing does not reach beyond it; cut where too long. */
  Markup user(String text, int longest) {
    return leaf("bdi", shorten(text, longest));
  }

  Markup add(Markup inside) {
    out.append(inside);
    return this;
  }

  /** Text of the product's own in which nothing has to be escaped, such as a style sheet. */
  Markup verbatim(String own) {
    out.append(own);
    return this;
  }

  private void begin(String tag, Object... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1].toString(), out);
      out.append('"');
    }
  }

  /** At most so many characters, the last one an ellipsis where some are missing. */
  static String shorten(String text, int longest) {
    // No more of it is looked at: it may be very long.
    int[] points = text.codePoints().limit(longest + 1L).toArray();
    return points.length <= longest ? text : new String(points, 0, longest - 1) + "…";
  }

  private static void escape(String text, StringBuilder into) {
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> into.append("&amp;");
                case '<' -> into.append("&lt;");
                case '>' -> into.append("&gt;");
                case '"' -> into.append("&quot;");
                case '\'' -> into.append("&#39;");
                case '\t', '\n', '\r' -> into.append(' ');
                default -> into.appendCodePoint(isShown(c) ? c : REPLACEMENT);
              }
            });
  }

  private static boolean isShown(int c) {
    // Characters that Unicode will never assign; XML takes none of the first.
    if ((c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF)) {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.SURROGATE -> false;
      case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
      case Character.FORMAT -> JOINERS.indexOf(c) >= 0;
      default -> true;
    };
  }

  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }
}
