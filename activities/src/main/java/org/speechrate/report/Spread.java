package org.speechrate.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.speechrate.pipeline.Counts;

/** Some of many, evenly spread over their order, the same each time. */
public final class Spread {
  private Spread() {}

  /**
   * Whether the one at {@code index} is among them.
   *
   * @param index from 0
   */
  public static boolean takes(long index, long all, int most) {
    return all <= most || index == 0 || index * most / all != (index - 1) * most / all;
  }

  static <T> List<T> over(List<T> all, int most) {
    return all.size() <= most
        ? all
        : IntStream.range(0, all.size())
            .filter(i -> takes(i, all.size(), most))
            .mapToObj(all::get)
            .toList();
  }

  static String caption(long drawn, long all) {
    return drawn >= all
        ? Counts.of(all, "utterance") + " of the test split."
        : String.format(
            Locale.ROOT,
            "%,d of the test split's %s, evenly spread over its files; the others are left out of"
                + " the picture, not of the figures.",
            drawn,
            Counts.of(all, "utterance"));
  }
}
