package org.speechrate.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.table.Problems;

/**
 * One sentence: is the model any good.
 *
 * @param betterThanMean whether the test MSE is below that of the train labels' mean
 */
record Verdict(boolean betterThanMean, String sentence) {

  /**
   * The speakers of the test split.
   *
   * @param heard number of those that are in train or dev, too
   * @param heardNames the first of them
   */
  record TestSpeakers(long count, long heard, List<String> heardNames) {
    TestSpeakers {
      heardNames = List.copyOf(heardNames);
    }
  }

  /**
   * Judges by the test split.
   *
   * @param speakers absent unless the speaker of each sample is known
   * @param speakerCheck the dataset's sentence on speakers, repeated where they are not known
   */
  static Verdict of(SplitMetrics test, Optional<TestSpeakers> speakers, String speakerCheck) {
    boolean better = test.mse() < test.baselineMse();
    String sentence =
        String.format(
            Locale.ROOT,
            "%s on test: %s (%s)%s%s%s",
            better ? "Better than the mean" : "WORSE than the mean",
            Evidence.numbers(test, " against "),
            who(test.n(), speakers),
            Evidence.doubts(test, speakers.map(TestSpeakers::count)),
            better ? "" : "; not fit for use",
            speakers.isPresent() || speakerCheck.isBlank() ? "" : "; " + speakerCheck.strip());
    return new Verdict(better, sentence);
  }

  /** Calls speakers unseen only where each one is known and none is in another split. */
  private static String who(long n, Optional<TestSpeakers> known) {
    String utterances = Counts.of(n, "utterance");
    if (known.isEmpty()) {
      return utterances + ", speakers not known";
    }
    TestSpeakers speakers = known.get();
    if (speakers.heard() == 0) {
      return utterances + " of " + Counts.of(speakers.count(), "unseen speaker");
    }
    String names =
        speakers.heardNames().stream().map(Problems::value).collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%s of %s, %,d of them also in train or dev: %s%s",
        utterances,
        Counts.of(speakers.count(), "speaker"),
        speakers.heard(),
        names,
        speakers.heard() > speakers.heardNames().size() ? ", …" : "");
  }
}
