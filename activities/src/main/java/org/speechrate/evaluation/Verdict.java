package org.speechrate.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.table.Problems;
import org.speechrate.training.Sample;

/**
 * One sentence: is the model any good.
 *
 * @param betterThanMean whether the test MSE is below that of the train labels' mean
 */
record Verdict(boolean betterThanMean, String sentence) {

  /**
   * Judges by the test split.
   *
   * @param speakerCheck the dataset's sentence on speakers, repeated where they are not known
   */
  static Verdict of(SplitMetrics test, List<Sample> samples, String speakerCheck) {
    boolean better = test.mse() < test.baselineMse();
    String sentence =
        String.format(
            Locale.ROOT,
            "%s on test: %s (%s)%s%s%s",
            better ? "Better than the mean" : "WORSE than the mean",
            Evidence.numbers(test, " against "),
            who(test.n(), samples),
            Evidence.doubts(test, testSpeakers(samples)),
            better ? "" : "; not fit for use",
            speakersKnown(samples) || speakerCheck.isBlank() ? "" : "; " + speakerCheck.strip());
    return new Verdict(better, sentence);
  }

  private static Optional<Long> testSpeakers(List<Sample> samples) {
    return speakersKnown(samples)
        ? Optional.of(
            samples.stream()
                .filter(sample -> sample.split().equals("test"))
                .map(Sample::speakerId)
                .distinct()
                .count())
        : Optional.empty();
  }

  private static boolean speakersKnown(List<Sample> samples) {
    return samples.stream().noneMatch(sample -> sample.speakerId().isBlank());
  }

  /** Calls speakers unseen only where each one is known and none is in another split. */
  private static String who(long n, List<Sample> samples) {
    String utterances = Counts.of(n, "utterance");
    if (!speakersKnown(samples)) {
      return utterances + ", speakers not known";
    }
    Set<String> tested = new TreeSet<>();
    Set<String> seen = new TreeSet<>();
    for (Sample sample : samples) {
      (sample.split().equals("test") ? tested : seen).add(sample.speakerId());
    }
    List<String> both = tested.stream().filter(seen::contains).toList();
    if (both.isEmpty()) {
      return utterances + " of " + Counts.of(tested.size(), "unseen speaker");
    }
    String names = both.stream().limit(3).map(Problems::value).collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%s of %s, %,d of them also in train or dev: %s%s",
        utterances,
        Counts.of(tested.size(), "speaker"),
        both.size(),
        names,
        both.size() > 3 ? ", …" : "");
  }
}
