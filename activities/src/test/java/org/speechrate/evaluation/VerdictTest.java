package org.speechrate.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.Scores;
import org.speechrate.pipeline.evaluation.SplitScores;

class VerdictTest {
  private static final Optional<String> WHY =
      Optional.of("no interval was asked for: evaluation.bootstrap is 0");

  private static Score score(double value, Optional<Interval> interval) {
    return new Score(Optional.of(value), interval, interval.isPresent() ? Optional.empty() : WHY);
  }

  private static Scores scores(double mse, Optional<Interval> interval) {
    Score none = new Score(Optional.empty(), Optional.empty(), Optional.of("not told here"));
    return new Scores(score(mse, interval), score(1, interval), none, none, none, none);
  }

  /** Without intervals and ridge regression. */
  private static SplitScores test(long n, double mse, double baselineMse) {
    return test(n, mse, baselineMse, Optional.empty());
  }

  private static SplitScores test(
      long n, double mse, double baselineMse, Optional<Interval> lessMean) {
    return new SplitScores(
        n,
        Optional.empty(),
        scores(mse, lessMean),
        scores(baselineMse, lessMean),
        Optional.empty(),
        Optional.of("no ridge regression"),
        scores(mse - baselineMse, lessMean),
        Optional.empty());
  }

  private static SplitScores withRidge(
      double mse, double ridgeMse, Optional<Interval> lessMean, Optional<Interval> lessRidge) {
    SplitScores without = test(1185, mse, 4.25, lessMean);
    return new SplitScores(
        without.n(),
        without.speakers(),
        without.model(),
        without.mean(),
        Optional.of(scores(ridgeMse, lessRidge)),
        Optional.empty(),
        without.lessMean(),
        Optional.of(scores(mse - ridgeMse, lessRidge)));
  }

  private static Optional<Interval> interval(double low, double high) {
    return Optional.of(new Interval(low, high));
  }

  private static final Optional<Verdict.TestSpeakers> UNSEEN = unseen(12);

  private static Optional<Verdict.TestSpeakers> unseen(long count) {
    return Optional.of(new Verdict.TestSpeakers(count, 0, List.of()));
  }

  private static String sentence(SplitScores test) {
    return Verdict.of(test, UNSEEN, "no speaker is in two splits").sentence();
  }

  @Test
  void saysByHowMuchItIsBetterHowSureThatIsAndForWhom() {
    Verdict verdict =
        Verdict.of(
            withRidge(2.634, 2.701, interval(-2.104, -0.936), interval(-0.3, 0.16)),
            UNSEEN,
            "no speaker is in two splits");
    assertThat(verdict.betterThanMean()).isTrue();
    assertThat(verdict.sentence())
        .isEqualTo(
            "Better than the mean on test: MSE 2.63 against 4.25 (95 % interval of the difference"
                + " -2.10 to -0.94); not distinguishable from ridge regression, MSE 2.70"
                + " (difference -0.30 to 0.16); 1,185 utterances of 12 unseen speakers");
  }

  @Test
  void saysWhereTheDifferenceMayBeNone() {
    assertThat(sentence(test(1185, 2.634, 4.251, interval(-3, 0.2))))
        .startsWith(
            "Better than the mean on test: MSE 2.63 against 4.25 (95 % interval of the difference"
                + " -3.00 to 0.20, which includes 0: other speakers may tell the opposite); ");
    assertThat(sentence(test(1185, 4.5, 4.25, interval(-0.1, 0.6))))
        .startsWith(
            "WORSE than the mean on test: MSE 4.50 against 4.25 (95 % interval of the difference"
                + " -0.10 to 0.60, which includes 0: other speakers may tell the opposite); ");
    assertThat(sentence(test(1185, 4.5, 4.25, interval(0.1, 0.6))))
        .contains("(95 % interval of the difference 0.10 to 0.60); ");
  }

  @Test
  void comparesWithRidgeRegression() {
    Optional<Interval> sure = interval(-2, -1);
    assertThat(sentence(withRidge(2.6, 3.1, sure, interval(-0.9, -0.1))))
        .contains("; better than ridge regression, MSE 3.10 (difference -0.90 to -0.10); ");
    assertThat(sentence(withRidge(2.6, 2.1, sure, interval(0.1, 0.9))))
        .contains("; worse than ridge regression, MSE 2.10 (difference 0.10 to 0.90); ");
    assertThat(sentence(withRidge(2.6, 2.1, Optional.empty(), Optional.empty())))
        .contains("; beside ridge regression, MSE 2.10; ");
    assertThat(sentence(test(1185, 2.6, 4.25, sure))).contains("; no ridge regression; ");
  }

  @Test
  void saysPlainlyThatItIsWorse() {
    Verdict verdict = Verdict.of(test(1185, 52.2, 4.25), UNSEEN, "");
    assertThat(verdict.betterThanMean()).isFalse();
    assertThat(verdict.sentence())
        .isEqualTo(
            "WORSE than the mean on test: MSE 52.20 against 4.25; no ridge regression; 1,185"
                + " utterances of 12 unseen speakers; no interval was asked for:"
                + " evaluation.bootstrap is 0; not fit for use");
    assertThat(Verdict.of(test(1, 4.25, 4.25), UNSEEN, "").betterThanMean())
        .as("as good as the mean is not better")
        .isFalse();
  }

  @Test
  void saysThatNobodyCouldCheckWhereASpeakerIsNotKnown() {
    assertThat(
            Verdict.of(
                    test(30, 2, 4),
                    Optional.empty(),
                    "no speaker is known, so the overlap was not checked")
                .sentence())
        .isEqualTo(
            "Better than the mean on test: MSE 2.00 against 4.00; no ridge regression; 30"
                + " utterances, speakers not known; no speaker is known, so the overlap was not"
                + " checked, and there is no interval over speakers");
  }

  @Test
  void callsNoSpeakerUnseenWhoIsInAnotherSplit() {
    Verdict.TestSpeakers one = new Verdict.TestSpeakers(2, 1, List.of("1"));
    assertThat(Verdict.of(test(30, 2, 4), Optional.of(one), "").sentence())
        .contains("; 30 utterances of 2 speakers, 1 of them also in train or dev: 1; ");
    Verdict.TestSpeakers many = new Verdict.TestSpeakers(9, 4, List.of("1", "2", "3"));
    assertThat(Verdict.of(test(30, 2, 4), Optional.of(many), "").sentence())
        .contains("9 speakers, 4 of them also in train or dev: 1, 2, 3, …; ");
  }

  @Test
  void showsAsManyDigitsAsTellTheTwoApart() {
    // 1 - 4.9061 / 4.9139 = 0.00159
    assertThat(sentence(test(1185, 4.9061, 4.9139)))
        .contains("MSE 4.906 against 4.914; ")
        .contains("speakers, by only 0.2 %: no evidence that it learnt anything; ");
    // 1 - 4.9138 / 4.9139 = 0.00002
    assertThat(sentence(test(1185, 4.9138, 4.9139)))
        .contains("MSE 4.9138 against 4.9139; ")
        .contains(", by less than 0.1 %: no evidence that it learnt anything; ");
    assertThat(sentence(test(1185, 4.9061, 4.9139, interval(-0.0093, -0.0011))))
        .as("an interval says itself whether it can be luck")
        .contains("(95 % interval of the difference -0.009 to -0.001); ")
        .endsWith(" speakers, by only 0.2 %");
  }

  @Test
  void twoPercentIsTheLeastThatCounts() {
    assertThat(sentence(test(1185, 97.9, 100))).doesNotContain("by only");
    assertThat(sentence(test(1185, 98.1, 100)))
        .contains("speakers, by only 1.9 %: no evidence that it learnt anything");
    assertThat(sentence(test(1185, 100.1, 100)))
        .as("worse is worse, by however little")
        .doesNotContain("by only")
        .endsWith("; not fit for use");
  }

  @Test
  void saysThatFewUtterancesOrSpeakersTellTooLittle() {
    String few = "; too few to tell: at least 30 utterances of 2 speakers are needed";
    Optional<Verdict.TestSpeakers> one = unseen(1);
    Optional<Interval> sure = interval(-3, -1);

    assertThat(sentence(test(30, 2, 4, sure))).endsWith("; 30 utterances of 12 unseen speakers");
    assertThat(Verdict.of(test(30, 2, 4, sure), unseen(9), "").sentence())
        .endsWith("; 30 utterances of 9 unseen speakers, so few that the interval is rough");
    assertThat(sentence(test(29, 2, 4, sure)))
        .endsWith("; 29 utterances of 12 unseen speakers" + few);
    assertThat(Verdict.of(test(1, 5, 4), one, "").sentence())
        .contains("; 1 utterance of 1 unseen speaker" + few + "; ")
        .endsWith("; not fit for use");
    assertThat(Verdict.of(test(1, 2, 4), Optional.empty(), "").sentence())
        .endsWith(
            "; 1 utterance, speakers not known; too few to tell: at least 30 utterances are needed;"
                + " there is no interval over speakers");
  }
}
