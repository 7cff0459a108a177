package org.speechrate.table;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.speechrate.pipeline.Refusal;

/**
 * What is wrong with an input, collected so that its owner can repair it in one go: all are
 * counted, the first ten are named, each cure is said once. Also how refusals show what users
 * wrote, which may be anything: {@link #value}.
 */
public final class Problems {
  /** So many are named of what is counted. */
  public static final int NAMED = 10;

  /** Longer than any sensible id, number or column name; ten of them still fit on a screen. */
  private static final int LONGEST_VALUE = 80;

  /**
   * Control characters of ASCII and Unicode, line ends, marks that turn the text around, and halves
   * of characters.
   */
  private static final String UNPRINTABLE = "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]";

  private final List<String> named = new ArrayList<>();
  private final Set<String> cures = new LinkedHashSet<>();
  private Refusal.Kind kind = Refusal.Kind.BAD_FORMAT;
  private long count;

  /**
   * The first problem's kind becomes the refusal's.
   *
   * @param cure one clause, the same for all problems of a sort; or nothing
   */
  public void add(Refusal.Kind kind, String problem, String cure) {
    if (count == 0) {
      this.kind = kind;
    }
    if (count < NAMED) {
      named.add(problem);
    }
    if (!cure.isEmpty()) {
      cures.add(cure);
    }
    count++;
  }

  /** Adds what was collected elsewhere, behind what is here. */
  public void addAll(Problems later) {
    if (count == 0) {
      kind = later.kind;
    }
    later.named.stream().limit(NAMED - named.size()).forEach(named::add);
    cures.addAll(later.cures);
    count += later.count;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /**
   * @param where the field or file that the problems are in
   * @throws Refusal if there is any problem
   */
  public void refuseIfAny(String where) {
    if (count == 0) {
      return;
    }
    List<String> clauses = new ArrayList<>();
    clauses.add(
        count == 1
            ? named.get(0)
            : String.format(
                Locale.ROOT,
                "%,d problems: %s%s",
                count,
                String.join("; ", named),
                more(count - named.size())));
    clauses.addAll(cures);
    throw new Refusal(kind, oneLine(where + ": " + String.join("; ", clauses)));
  }

  /** Phrases of which the first ten are kept, and all are counted. */
  public static final class Names {
    private final List<String> first = new ArrayList<>();
    private long count;

    /**
     * @param phrase shows users' values as {@link #value}s
     */
    public void add(String phrase) {
      if (count++ < NAMED) {
        first.add(phrase);
      }
    }

    public long count() {
      return count;
    }

    /** The first phrase; there must be one. */
    public String firstPhrase() {
      return first.get(0);
    }

    @Override
    public String toString() {
      return firstPhrases(first, count);
    }
  }

  /** The first ten names, each as a {@link #value}, and how many more there are. */
  public static String firstTen(List<String> names) {
    return firstPhrases(names.stream().limit(NAMED).map(Problems::value).toList(), names.size());
  }

  /**
   * The same of phrases that show users' values as values already.
   *
   * @param shown the first of them
   * @param count of all
   */
  public static String firstPhrases(List<String> shown, long count) {
    return String.join(", ", shown) + more(count - shown.size());
  }

  private static String more(long unnamed) {
    return unnamed == 0 ? "" : String.format(Locale.ROOT, " and %,d more", unnamed);
  }

  /** What somebody wrote into a file or a field, as a refusal shows it: short, and on one line. */
  public static String value(String text) {
    // Cut before it is cleaned: it may have the size of a file.
    return text.codePointCount(0, text.length()) <= LONGEST_VALUE
        ? oneLine(text)
        : oneLine(text.substring(0, text.offsetByCodePoints(0, LONGEST_VALUE))) + "…";
  }

  /** What users wrote may hold line breaks; a refusal is one line. */
  public static String oneLine(String text) {
    return text.replaceAll(UNPRINTABLE, "?");
  }
}
