package org.speechrate.pipeline;

import java.util.Locale;

/** Numbers of things in sentences. */
public final class Counts {
  private Counts() {}

  /** Such as "1 utterance" and "1,185 utterances". */
  public static String of(long count, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", count, noun, count == 1 ? "" : "s");
  }
}
