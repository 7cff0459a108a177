package org.speechrate.pipeline.probe;

import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.evaluation.Score;

/**
 * What the probes found in one layer.
 *
 * @param dimension number of values of each embedding
 * @param testUtterances number of them in the test split
 * @param testSpeakers number of them in the test split; absent unless each utterance's is known
 * @param correlation held-out canonical correlation with the speech rate, on train and dev
 */
public record LayerScores(
    int dimension,
    long testUtterances,
    Optional<Long> testSpeakers,
    ProbeScore ridge,
    ProbeScore network,
    DescriptionLength description,
    Score correlation)
    implements StageFacts {

  @Override
  public long rows() {
    return testUtterances;
  }

  @Override
  public String summary() {
    return String.format(
        Locale.ROOT, "test R² %s by ridge, %s by the network", text(ridge), text(network));
  }

  private static String text(ProbeScore score) {
    return score.test().value().map(r2 -> String.format(Locale.ROOT, "%.3f", r2)).orElse("—");
  }
}
