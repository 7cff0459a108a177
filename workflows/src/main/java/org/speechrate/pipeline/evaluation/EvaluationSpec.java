package org.speechrate.pipeline.evaluation;

/**
 * How a model is evaluated.
 *
 * @param bootstrap rounds, in each of which the speakers are drawn anew, that the 95 % intervals
 *     are made of; 0 makes none
 */
public record EvaluationSpec(int bootstrap) {
  public static final EvaluationSpec DEFAULT = new EvaluationSpec(2000);
}
