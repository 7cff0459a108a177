package org.speechrate.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.table.Decimals;

/** How much the test split can tell: what stands in words beside "better than the mean". */
public final class Evidence {
  /**
   * Below it a few utterances decide: the MSE over n normal errors varies by √(2/n) of itself,
   * which at 30 is a quarter of it.
   */
  private static final long FEWEST_UTTERANCES = 30;

  /**
   * An embedding says who speaks rather than how, so one speaker is hardly more than one
   * measurement, which also a constant can meet.
   */
  private static final long FEWEST_SPEAKERS = 2;

  /**
   * Share of the mean's MSE that a model has to save. By the same √(2/n), a test split of 5,000
   * utterances, twice LibriSpeech's test-clean, varies by 2 %: less can be luck.
   */
  private static final double LEAST_IMPROVEMENT = 0.02;

  private static final double SMALLEST_SHOWN_PERCENT = 0.1;

  private Evidence() {}

  /** "MSE 4.251 against 4.249" and the like: as many digits as it takes to tell them apart. */
  public static String numbers(SplitMetrics test, String between) {
    List<String> both = Decimals.apart(test.mse(), test.baselineMse(), 2);
    return "MSE " + both.get(0) + between + both.get(1);
  }

  /**
   * What weakens the comparison, to be appended to it; empty where nothing does.
   *
   * @param speakers number of test speakers; absent where they are not known
   */
  public static String doubts(SplitMetrics test, Optional<Long> speakers) {
    return slightness(test) + scarcity(test.n(), speakers);
  }

  private static String slightness(SplitMetrics test) {
    double improvement = 1 - test.mse() / test.baselineMse();
    if (!(improvement > 0 && improvement < LEAST_IMPROVEMENT)) {
      return "";
    }
    double percent = 100 * improvement;
    String only =
        percent < SMALLEST_SHOWN_PERCENT
            ? "less than " + SMALLEST_SHOWN_PERCENT
            : "only " + String.format(Locale.ROOT, "%.1f", percent);
    // An interval says itself whether it can be luck.
    return ", by "
        + only
        + (test.mseLessMean().isPresent() ? " %" : " %: no evidence that it learnt anything");
  }

  private static String scarcity(long utterances, Optional<Long> speakers) {
    boolean fewSpeakers = speakers.isPresent() && speakers.get() < FEWEST_SPEAKERS;
    if (utterances >= FEWEST_UTTERANCES && !fewSpeakers) {
      return "";
    }
    return "; too few to tell: at least "
        + Counts.of(FEWEST_UTTERANCES, "utterance")
        + speakers.map(known -> " of " + Counts.of(FEWEST_SPEAKERS, "speaker")).orElse("")
        + " are needed";
  }
}
