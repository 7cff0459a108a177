package org.speechrate.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.dataset.DatasetSpec.OnSpeakerOverlap;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/**
 * Who speaks, and whether somebody speaks in two splits: a model that has heard a test speaker
 * looks better than it is.
 *
 * @param perSplit number of speakers of each split; empty where no speaker is known
 * @param check one sentence for people
 */
record Speakers(SortedMap<String, Long> perSplit, String check) {
  /** speaker-chapter-utterance. */
  private static final Pattern LIBRISPEECH_ID = Pattern.compile("\\d+-\\d+-\\d+");

  /**
   * Names the speakers: as the labels do where they do it for all, else by the first number of
   * LibriSpeech ids where every id is one, else not at all.
   */
  static List<Sample> name(List<Sample> samples) {
    if (samples.stream().noneMatch(each -> each.speakerId().isEmpty())) {
      return samples;
    }
    boolean inIds =
        samples.stream().allMatch(each -> LIBRISPEECH_ID.matcher(each.sampleId()).matches());
    List<Sample> named = new ArrayList<>(samples.size());
    for (Sample each : samples) {
      String id = each.sampleId();
      String speaker = inIds ? id.substring(0, id.indexOf('-')) : "";
      named.add(new Sample(each.row(), id, each.split(), speaker, each.cps()));
    }
    return named;
  }

  /**
   * @throws Refusal if a speaker is in two splits, unless a warning is enough
   */
  static Speakers check(List<Sample> samples, OnSpeakerOverlap onOverlap) {
    if (samples.stream().allMatch(each -> each.speakerId().isEmpty())) {
      return new Speakers(new TreeMap<>(), "speaker overlap was not checked: no speaker is known");
    }
    Map<String, TreeSet<String>> splitsOf = new TreeMap<>();
    for (Sample each : samples) {
      splitsOf.computeIfAbsent(each.speakerId(), key -> inOrder()).add(each.split());
    }
    SortedMap<String, Long> perSplit = new TreeMap<>();
    List<String> overlaps = new ArrayList<>();
    splitsOf.forEach(
        (speaker, splits) -> {
          splits.forEach(split -> perSplit.merge(split, 1L, Long::sum));
          if (splits.size() > 1) {
            overlaps.add(Problems.value(speaker) + " (" + String.join(", ", splits) + ")");
          }
        });
    if (overlaps.isEmpty()) {
      return new Speakers(
          perSplit,
          String.format(
              Locale.ROOT,
              "no speaker is in two splits (%,d train, %,d dev, %,d test)",
              perSplit.getOrDefault("train", 0L),
              perSplit.getOrDefault("dev", 0L),
              perSplit.getOrDefault("test", 0L)));
    }
    String sentence =
        String.format(
            Locale.ROOT,
            "%,d %s in two splits or more: %s",
            overlaps.size(),
            overlaps.size() == 1 ? "speaker is" : "speakers are",
            Problems.firstTenPhrases(overlaps));
    if (onOverlap == OnSpeakerOverlap.FAIL) {
      throw new Refusal(
          Refusal.Kind.SPLIT_OVERLAP,
          sentence
              + "; scores on heard speakers flatter a model: move them to one split, or set"
              + " dataset.onSpeakerOverlap: warn");
    }
    return new Speakers(perSplit, "warning: " + sentence);
  }

  private static TreeSet<String> inOrder() {
    return new TreeSet<>(java.util.Comparator.comparing(Splits.NAMES::indexOf));
  }
}
