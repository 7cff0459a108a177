package org.speechrate.pipeline.evaluation;

/**
 * All metrics of one predictor on one split. Errors are better the smaller; the others are at most
 * 1.
 *
 * @param mse mean squared error, in (letters/s)²
 * @param mae mean absolute error, in letters/s
 * @param rmse root of the MSE, in letters/s
 * @param r2 share of the split's own variance that is explained; negative where the split's own
 *     mean is better
 * @param pearson correlation of true and predicted
 * @param spearman correlation of their ranks; ties have their mean rank
 */
public record Scores(Score mse, Score mae, Score rmse, Score r2, Score pearson, Score spearman) {}
