package org.speechrate.publishing;

import java.util.Locale;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingSpec;

/**
 * Whether a model may be published.
 *
 * @param reason one sentence with numbers
 */
record Gate(boolean open, String reason) {
  static Gate check(PublishingSpec.Gate gate, EvaluationFacts evaluation) {
    SplitMetrics test = evaluation.splits().get("test");
    String numbers =
        String.format(
            Locale.ROOT, "test MSE %.2f against the mean's %.2f", test.mse(), test.baselineMse());
    if (evaluation.betterThanMean()) {
      return new Gate(true, "better than the mean: " + numbers);
    }
    return switch (gate) {
      case ALWAYS -> new Gate(true, "NOT better than the mean, but gate is always: " + numbers);
      case BETTER_THAN_MEAN ->
          new Gate(
              false,
              "gate better-than-mean says no: "
                  + numbers
                  + " (publishing.gate always would publish it)");
    };
  }
}
