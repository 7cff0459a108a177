package org.speechrate.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import org.speechrate.table.IdTable;
import org.speechrate.table.Splits;

/**
 * In which splits each speaker is; keeps no names, so that there may be any number of them. A set
 * of splits is a number, the sum of their {@link #bit}s.
 */
public final class SpeakerSplits {
  private final IdTable splits = new IdTable("speakers");

  /** 1 of train, 2 of dev, 4 of test, 0 of anything else. */
  public static long bit(String split) {
    int index = Splits.NAMES.indexOf(split);
    return index < 0 ? 0 : 1L << index;
  }

  public void add(String speaker, String split) {
    long before = of(speaker);
    long after = before | bit(split);
    if (after != before) {
      splits.put(speaker, after);
    }
  }

  /** The splits of a speaker. */
  public long of(String speaker) {
    return Math.max(0, splits.get(speaker));
  }

  /** Number of speakers whose splits are such. */
  public long count(LongPredicate such) {
    return splits.numbers().filter(such).count();
  }

  /**
   * The first names, in their order, of speakers whose splits are such.
   *
   * @param samplesCsv what was added, as there are the names
   */
  public SortedSet<String> names(Path samplesCsv, LongPredicate such, int most) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    SampleTable.forEach(
        samplesCsv,
        sample -> {
          String speaker = sample.speakerId();
          if ((names.size() < most || speaker.compareTo(names.last()) < 0)
              && such.test(of(speaker))
              && names.add(speaker)
              && names.size() > most) {
            names.pollLast();
          }
        });
    return names;
  }
}
