package org.speechrate.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
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
  static final Speakers UNKNOWN =
      new Speakers(new TreeMap<>(), "speaker overlap was not checked: no speaker is known");

  /** Whether the id is speaker-chapter-utterance: three numbers of ASCII digits. */
  static boolean isInId(String sampleId) {
    int hyphens = 0;
    boolean inNumber = false;
    for (int i = 0; i < sampleId.length(); i++) {
      char each = sampleId.charAt(i);
      boolean digit = each >= '0' && each <= '9';
      if (!digit && (each != '-' || !inNumber)) {
        return false;
      }
      hyphens += digit ? 0 : 1;
      inNumber = digit;
    }
    return hyphens == 2 && inNumber;
  }

  /** The first number of a LibriSpeech id. */
  static String inId(String sampleId) {
    return sampleId.substring(0, sampleId.indexOf('-'));
  }

  /**
   * @param samplesCsv where their names are
   * @throws Refusal if a speaker is in two splits, unless a warning is enough
   */
  static Speakers check(SpeakerSplits speakers, Path samplesCsv, OnSpeakerOverlap onOverlap)
      throws IOException {
    SortedMap<String, Long> perSplit = new TreeMap<>();
    for (String split : Splits.NAMES) {
      perSplit.put(split, speakers.count(in -> (in & SpeakerSplits.bit(split)) != 0));
    }
    long overlaps = speakers.count(in -> Long.bitCount(in) > 1);
    if (overlaps == 0) {
      return new Speakers(
          perSplit,
          String.format(
              Locale.ROOT,
              "no speaker is in two splits (%,d train, %,d dev, %,d test)",
              perSplit.get("train"),
              perSplit.get("dev"),
              perSplit.get("test")));
    }
    List<String> named = new ArrayList<>();
    for (String speaker : speakers.names(samplesCsv, in -> Long.bitCount(in) > 1, Problems.NAMED)) {
      long in = speakers.of(speaker);
      named.add(
          Splits.NAMES.stream()
              .filter(split -> (in & SpeakerSplits.bit(split)) != 0)
              .collect(Collectors.joining(", ", Problems.value(speaker) + " (", ")")));
    }
    String sentence =
        String.format(
            Locale.ROOT,
            "%,d %s in two splits or more: %s",
            overlaps,
            overlaps == 1 ? "speaker is" : "speakers are",
            Problems.firstPhrases(named, overlaps));
    if (onOverlap == OnSpeakerOverlap.FAIL) {
      throw new Refusal(
          Refusal.Kind.SPLIT_OVERLAP,
          sentence
              + "; scores on heard speakers flatter a model: move them to one split, or set"
              + " dataset.onSpeakerOverlap: warn");
    }
    return new Speakers(perSplit, "warning: " + sentence);
  }
}
