package org.speechrate.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.training.Sample;

class VerdictTest {
  private static SplitMetrics test(long n, double mse, double baselineMse) {
    return new SplitMetrics(n, mse, 1, Optional.of(0.1), Optional.empty(), baselineMse, 1);
  }

  private static Sample sample(String split, String speaker) {
    return new Sample(0, "id", split, speaker, 12);
  }

  private static final List<Sample> UNSEEN =
      List.of(sample("train", "1"), sample("dev", "2"), sample("test", "3"), sample("test", "4"));

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
    Verdict verdict = Verdict.of(test(1, 52.2, 4.25), UNSEEN, "");
    assertThat(verdict.betterThanMean()).isFalse();
    assertThat(verdict.sentence())
        .isEqualTo(
            "WORSE than the mean on test: MSE 52.20 against 4.25 (1 utterance of 2 unseen"
                + " speakers); not fit for use");
    assertThat(Verdict.of(test(1, 4.25, 4.25), UNSEEN, "").betterThanMean())
        .as("as good as the mean is not better")
        .isFalse();
  }

  @Test
  void saysThatNobodyCouldCheckWhereASpeakerIsNotKnown() {
    List<Sample> unknown = List.of(sample("train", "1"), sample("test", ""));
    assertThat(
            Verdict.of(
                    test(2, 2, 4), unknown, "no speaker is known, so the overlap was not checked")
                .sentence())
        .isEqualTo(
            "Better than the mean on test: MSE 2.00 against 4.00 (2 utterances, speakers not"
                + " known); no speaker is known, so the overlap was not checked");
  }

  @Test
  void callsNoSpeakerUnseenWhoIsInAnotherSplit() {
    List<Sample> overlap = List.of(sample("train", "1"), sample("test", "1"), sample("test", "4"));
    assertThat(Verdict.of(test(2, 2, 4), overlap, "").sentence())
        .isEqualTo(
            "Better than the mean on test: MSE 2.00 against 4.00 (2 utterances of 2 speakers, 1 of"
                + " them also in train or dev: 1)");
  }
}
