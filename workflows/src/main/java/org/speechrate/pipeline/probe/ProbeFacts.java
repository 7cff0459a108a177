package org.speechrate.pipeline.probe;

import org.speechrate.pipeline.StageFacts;

/**
 * @param rows number of layers, the weighted sum among them
 * @param verdict one sentence: which layer speech rate is read from best
 */
public record ProbeFacts(long rows, String verdict) implements StageFacts {
  @Override
  public String summary() {
    return verdict;
  }
}
