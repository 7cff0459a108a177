package org.speechrate.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.evaluation.SplitScores;
import org.speechrate.table.Decimals;
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
  static Verdict of(SplitScores scores, Optional<TestSpeakers> speakers, String speakerCheck) {
    SplitMetrics test = SplitMetrics.of(scores);
    boolean better = test.mse() < test.baselineMse();
    String sentence =
        String.format(
            Locale.ROOT,
            "%s on test: %s%s%s; %s%s%s%s",
            better ? "Better than the mean" : "WORSE than the mean",
            Evidence.numbers(test, " against "),
            test.mseLessMean().map(less -> withinMean(less, better)).orElse(""),
            ridge(scores, test),
            who(test.n(), speakers, test.mseLessMean().isPresent()),
            Evidence.doubts(test, speakers.map(TestSpeakers::count)),
            noInterval(scores, speakers, speakerCheck),
            better ? "" : "; not fit for use");
    return new Verdict(better, sentence);
  }

  private static String withinMean(Interval less, boolean better) {
    boolean certain = better ? less.high() < 0 : less.low() > 0;
    return " (95 % interval of the difference "
        + shown(less)
        + (certain ? ")" : ", which includes 0: other speakers may tell the opposite)");
  }

  private static String ridge(SplitScores scores, SplitMetrics test) {
    if (test.ridgeMse().isEmpty()) {
      return "; " + scores.ridgeReason().orElse("ridge regression was left out");
    }
    double mse = test.ridgeMse().get();
    String ridge = "ridge regression, MSE " + Decimals.apart(mse, test.mse(), 2).get(0);
    return test.mseLessRidge()
        .map(
            less ->
                (less.high() < 0
                        ? "; better than "
                        : less.low() > 0 ? "; worse than " : "; not distinguishable from ")
                    + ridge
                    + " (difference "
                    + shown(less)
                    + ")")
        .orElse("; beside " + ridge);
  }

  private static String shown(Interval interval) {
    // An end near 0 is shown with as many digits as tell on which side it is.
    double nearest = Math.min(Math.abs(interval.low()), Math.abs(interval.high()));
    int decimals = nearest >= 0.005 || nearest == 0 ? 2 : nearest >= 0.0005 ? 3 : 4;
    return String.join(" to ", Decimals.apart(interval.low(), interval.high(), decimals));
  }

  private static String noInterval(
      SplitScores scores, Optional<TestSpeakers> speakers, String speakerCheck) {
    if (speakers.isEmpty()) {
      String check = speakerCheck.strip();
      return "; "
          + (check.isEmpty() ? "" : check + ", and ")
          + "there is no interval over speakers";
    }
    return scores.lessMean().mse().reason().map(reason -> "; " + reason).orElse("");
  }

  /** Calls speakers unseen only where each one is known and none is in another split. */
  private static String who(long n, Optional<TestSpeakers> known, boolean interval) {
    String utterances = Counts.of(n, "utterance");
    if (known.isEmpty()) {
      return utterances + ", speakers not known";
    }
    TestSpeakers speakers = known.get();
    if (speakers.heard() == 0) {
      return utterances
          + " of "
          + Counts.of(speakers.count(), "unseen speaker")
          + (interval && speakers.count() < SpeakerBootstrap.FEW_SPEAKERS
              ? ", so few that the interval is rough"
              : "");
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
