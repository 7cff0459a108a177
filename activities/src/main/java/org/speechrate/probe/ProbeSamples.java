package org.speechrate.probe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.speechrate.dataset.Sample;
import org.speechrate.dataset.SampleTable;
import org.speechrate.table.Splits;

/** A dataset's samples by split, in its order; some 20 bytes of each. */
final class ProbeSamples {
  private final Map<String, Part> parts = new LinkedHashMap<>();
  private boolean speakersKnown = true;

  /**
   * Some of the samples.
   *
   * @param rows [n], of their embeddings
   * @param cps [n], in letters/s
   * @param groups [n], speakers, numbered from 0 as they appear; utterances where speakers are not
   *     known, or there is but one
   * @param speakers number of them; absent where they are not known
   */
  @SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
  record Part(int[] rows, double[] cps, int[] groups, Optional<Integer> speakers) {
    int count() {
      return rows.length;
    }

    /** Whether two groups are two speakers. */
    boolean bySpeaker() {
      return speakers.filter(each -> each > 1).isPresent();
    }

    int groupCount() {
      return Arrays.stream(groups).max().orElse(-1) + 1;
    }

    /** Those whose place is true, their groups numbered anew in the same order. */
    Part where(boolean[] wanted) {
      int count = 0;
      for (boolean each : wanted) {
        count += each ? 1 : 0;
      }
      int[] chosenRows = new int[count];
      double[] chosenCps = new double[count];
      int[] chosenGroups = new int[count];
      Map<Integer, Integer> numbers = new HashMap<>();
      int at = 0;
      for (int i = 0; i < wanted.length; i++) {
        if (wanted[i]) {
          chosenRows[at] = rows[i];
          chosenCps[at] = cps[i];
          chosenGroups[at++] = numbers.computeIfAbsent(groups[i], group -> numbers.size());
        }
      }
      return new Part(chosenRows, chosenCps, chosenGroups, speakers);
    }
  }

  /** Collects a split. */
  private static final class Collector {
    int[] rows = new int[256];
    double[] cps = new double[256];
    int[] speakers = new int[256];
    int count;
    final Map<String, Integer> names = new HashMap<>();

    void add(Sample sample) {
      if (count == rows.length) {
        int larger = (int) Math.min(Integer.MAX_VALUE - 8L, count + count / 2L);
        rows = Arrays.copyOf(rows, larger);
        cps = Arrays.copyOf(cps, larger);
        speakers = Arrays.copyOf(speakers, larger);
      }
      rows[count] = sample.row();
      cps[count] = sample.target();
      speakers[count++] = names.computeIfAbsent(sample.speakerId(), name -> names.size());
    }

    Part part(boolean known) {
      int[] groups = Arrays.copyOf(speakers, count);
      if (!known || names.size() < 2) {
        Arrays.setAll(groups, i -> i);
      }
      return new Part(
          Arrays.copyOf(rows, count),
          Arrays.copyOf(cps, count),
          groups,
          known ? Optional.of(names.size()) : Optional.empty());
    }
  }

  static ProbeSamples read(Path samplesCsv) throws IOException {
    ProbeSamples samples = new ProbeSamples();
    Map<String, Collector> collectors = new HashMap<>();
    Splits.NAMES.forEach(split -> collectors.put(split, new Collector()));
    Collector learning = new Collector();
    SampleTable.forEach(
        samplesCsv,
        sample -> {
          samples.speakersKnown &= !sample.speakerId().isBlank();
          collectors.get(sample.split()).add(sample);
          if (!sample.split().equals("test")) {
            learning.add(sample);
          }
        });
    collectors.forEach(
        (split, collector) -> samples.parts.put(split, collector.part(samples.speakersKnown)));
    samples.parts.put("learning", learning.part(samples.speakersKnown));
    return samples;
  }

  Part train() {
    return parts.get("train");
  }

  Part dev() {
    return parts.get("dev");
  }

  Part test() {
    return parts.get("test");
  }

  /** Train and dev. */
  Part learning() {
    return parts.get("learning");
  }
}
