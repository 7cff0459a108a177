package org.speechrate.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.speechrate.pipeline.Refusal;

/**
 * What is wrong with an input, collected so that its owner can repair it in one go: all are
 * counted, the first ten are named.
 */
public final class Problems {
  private static final int NAMED = 10;

  private final List<String> named = new ArrayList<>();
  private Refusal.Kind kind = Refusal.Kind.BAD_FORMAT;
  private long count;

  /** The first problem's kind becomes the refusal's. */
  public void add(Refusal.Kind kind, String problem) {
    if (count == 0) {
      this.kind = kind;
    }
    if (count < NAMED) {
      named.add(problem);
    }
    count++;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /**
   * @param where the field or file that the problems are in
   * @param cure one clause, or nothing
   * @throws Refusal if there is any problem
   */
  public void refuseIfAny(String where, String cure) {
    if (count == 0) {
      return;
    }
    String all =
        count == 1
            ? named.get(0)
            : String.format(
                Locale.ROOT, "%,d problems: %s%s", count, String.join("; ", named), more(count));
    throw new Refusal(kind, oneLine(where + ": " + all + (cure.isEmpty() ? "" : "; " + cure)));
  }

  /** The first ten, and how many more there are. */
  public static String firstTen(List<String> names) {
    return oneLine(
        String.join(", ", names.subList(0, Math.min(NAMED, names.size()))) + more(names.size()));
  }

  private static String more(long count) {
    return count <= NAMED ? "" : String.format(Locale.ROOT, " and %,d more", count - NAMED);
  }

  /** What users wrote may hold line breaks; a refusal is one line. */
  public static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
