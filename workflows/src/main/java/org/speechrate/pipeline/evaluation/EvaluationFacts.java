package org.speechrate.pipeline.evaluation;

import java.util.Map;
import org.speechrate.pipeline.StageFacts;

/**
 * @param splits metrics of train, dev and test, in this order
 * @param betterThanMean whether the test MSE is below the mean's
 * @param verdict one sentence made from the metrics
 */
public record EvaluationFacts(
    Map<String, SplitMetrics> splits, boolean betterThanMean, String verdict)
    implements StageFacts {

  /** Name of the report for people, beside the metrics. */
  public static final String REPORT = "report.html";

  public EvaluationFacts {
    splits = SplitMetrics.inOrder(splits);
  }

  @Override
  public long rows() {
    return splits.values().stream().mapToLong(SplitMetrics::n).sum();
  }

  @Override
  public String summary() {
    return verdict;
  }
}
