package org.speechrate.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.evaluation.SplitMetrics;

class VerdictTest {
  private static SplitMetrics test(long n, double mse, double baselineMse) {
    return new SplitMetrics(n, mse, 1, Optional.of(0.1), Optional.empty(), baselineMse, 1);
  }

  private static final Optional<Verdict.TestSpeakers> UNSEEN = unseen(2);

  private static Optional<Verdict.TestSpeakers> unseen(long count) {
    return Optional.of(new Verdict.TestSpeakers(count, 0, List.of()));
  }

  @Test
  void saysByHowMuchItIsBetterAndForWhom() {
    Verdict verdict = Verdict.of(test(1185, 2.634, 4.251), UNSEEN, "no speaker is in two splits");
    assertThat(verdict.betterThanMean()).isTrue();
    assertThat(verdict.sentence())
        .isEqualTo(
            "Better than the mean on test: MSE 2.63 against 4.25 (1,185 utterances of 2 unseen"
                + " speakers)");
  }

  @Test
  void saysPlainlyThatItIsWorse() {
    Verdict verdict = Verdict.of(test(1185, 52.2, 4.25), UNSEEN, "");
    assertThat(verdict.betterThanMean()).isFalse();
    assertThat(verdict.sentence())
        .isEqualTo(
            "WORSE than the mean on test: MSE 52.20 against 4.25 (1,185 utterances of 2 unseen"
                + " speakers); not fit for use");
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
            "Better than the mean on test: MSE 2.00 against 4.00 (30 utterances, speakers not"
                + " known); no speaker is known, so the overlap was not checked");
  }

  @Test
  void callsNoSpeakerUnseenWhoIsInAnotherSplit() {
    Verdict.TestSpeakers one = new Verdict.TestSpeakers(2, 1, List.of("1"));
    assertThat(Verdict.of(test(30, 2, 4), Optional.of(one), "").sentence())
        .isEqualTo(
            "Better than the mean on test: MSE 2.00 against 4.00 (30 utterances of 2 speakers, 1 of"
                + " them also in train or dev: 1)");
    Verdict.TestSpeakers many = new Verdict.TestSpeakers(9, 4, List.of("1", "2", "3"));
    assertThat(Verdict.of(test(30, 2, 4), Optional.of(many), "").sentence())
        .endsWith("9 speakers, 4 of them also in train or dev: 1, 2, 3, …)");
  }

  @Test
  void showsAsManyDigitsAsTellTheTwoApart() {
    // 1 - 4.9061 / 4.9139 = 0.00159
    assertThat(Verdict.of(test(1185, 4.9061, 4.9139), UNSEEN, "").sentence())
        .isEqualTo(
            "Better than the mean on test: MSE 4.906 against 4.914 (1,185 utterances of 2 unseen"
                + " speakers), by only 0.2 %: no evidence that it learnt anything");
    // 1 - 4.9138 / 4.9139 = 0.00002
    assertThat(Verdict.of(test(1185, 4.9138, 4.9139), UNSEEN, "").sentence())
        .contains("MSE 4.9138 against 4.9139 (")
        .endsWith(", by less than 0.1 %: no evidence that it learnt anything");
  }

  @Test
  void twoPercentIsTheLeastThatCounts() {
    assertThat(Verdict.of(test(1185, 97.9, 100), UNSEEN, "").sentence()).endsWith("speakers)");
    assertThat(Verdict.of(test(1185, 98.1, 100), UNSEEN, "").sentence())
        .endsWith("speakers), by only 1.9 %: no evidence that it learnt anything");
    assertThat(Verdict.of(test(1185, 100.1, 100), UNSEEN, "").sentence())
        .as("worse is worse, by however little")
        .endsWith("speakers); not fit for use");
  }

  @Test
  void saysThatFewUtterancesOrOneSpeakerTellTooLittle() {
    String few = "; too few to tell: at least 30 utterances of 2 speakers are needed";
    Optional<Verdict.TestSpeakers> one = unseen(1);

    assertThat(Verdict.of(test(30, 2, 4), UNSEEN, "").sentence()).endsWith("speakers)");
    assertThat(Verdict.of(test(29, 2, 4), UNSEEN, "").sentence())
        .endsWith("(29 utterances of 2 unseen speakers)" + few);
    assertThat(Verdict.of(test(1, 2, 4), one, "").sentence())
        .endsWith("(1 utterance of 1 unseen speaker)" + few);
    assertThat(Verdict.of(test(1, 5, 4), one, "").sentence())
        .endsWith("(1 utterance of 1 unseen speaker)" + few + "; not fit for use");
    assertThat(Verdict.of(test(1, 2, 4), Optional.empty(), "").sentence())
        .endsWith(
            "(1 utterance, speakers not known); too few to tell: at least 30 utterances are needed");
  }
}
