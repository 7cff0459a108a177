package org.speechrate.publishing;

import java.util.Optional;
import org.speechrate.evaluation.Evidence;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingSpec;

/**
 * Whether a model may be published.
 *
 * @param reason one sentence with numbers
 */
record Gate(boolean open, String reason) {
  /**
   * Compares with the mean.
   *
   * @param speakers number of test speakers; absent where they are not known
   */
  static Gate check(PublishingSpec.Gate gate, EvaluationFacts evaluation, Optional<Long> speakers) {
    SplitMetrics test = evaluation.splits().get("test");
    String numbers =
        "test " + Evidence.numbers(test, " against the mean's ") + Evidence.doubts(test, speakers);
    if (evaluation.betterThanMean()) {
      return new Gate(true, "better than the mean: " + numbers);
    }
    return switch (gate) {
      case ALWAYS -> new Gate(true, "NOT better than the mean, but gate is always: " + numbers);
      case BETTER_THAN_MEAN, BETTER ->
          new Gate(
              false,
              "gate "
                  + (gate == PublishingSpec.Gate.BETTER ? "better" : "better-than-mean")
                  + " says no: "
                  + numbers
                  + " (publishing.gate always would publish it)");
    };
  }

  /** Both, where both have to be open. */
  Gate and(Gate champion, String afterwards) {
    return champion.open()
        ? new Gate(true, reason + "; " + champion.reason() + afterwards)
        : new Gate(false, "gate better says no: " + champion.reason() + afterwards);
  }
}
