/**
 * The evaluation stage: how good the model is on train, dev and test, beside the mean of the train
 * labels and ridge regression on the train split. Reads {@code samples.csv} (row, sample_id, split,
 * speaker_id, cps), {@code x.npy}, {@code weights.safetensors} and, for texts and audio paths,
 * {@code test_cps.csv}; what is evaluated is what gets published, read by the same code. Writes
 *
 * <ul>
 *   <li>{@code predictions.csv}: every utterance, in the order of samples.csv; true_cps,
 *       predicted_cps and ridge_cps in letters/s, speaker_id empty where no speaker is known,
 *       ridge_cps where there is no ridge regression. The last three columns repeat others by the
 *       Python system's names; filename is the audio file's name without ending:
 *       <pre>
 * sample_id,split,speaker_id,true_cps,predicted_cps,ridge_cps,filename,true,predicted
 * 1462-170138-0000,train,1462,9.621993127147766,10.204121,10.51372,1462-170138-0000,9.621993127147766,10.204121
 * </pre>
 *   <li>{@code metrics.json}: in {@code splits} per split n, mse in (letters/s)², mae and rmse in
 *       letters/s, r2, pearson, spearman; baselineMse and baselineMae of the mean, ridgeMse and
 *       ridgeMae; mseInterval, and the intervals mseLessMean and mseLessRidge of the differences
 *       (low, high); in {@code scores} all metrics of model, mean and ridge, and lessMean and
 *       lessRidge, the model's minus theirs, each with value, interval and, where one is null,
 *       reason. In {@code breakdown} the test split by perSpeaker, perDurationBand and perCpsBand,
 *       its worst 20 utterances, calibration (slope and intercept of true on predicted, spread of
 *       the predictions over that of the labels), and notes on what is left out. trainMeanCps, the
 *       mean's one prediction; ridgeAlpha, its penalty; bootstrap, the rounds; betterThanMean;
 *       verdict, one sentence, which also says where the test split is too small, or the gain too
 *       slight, to tell.
 *   <li>{@code metrics.txt}: the same for people; its first lines are MSE, MAE and R2 of test.
 *   <li>{@code report.html}: all of it with figures, see {@link org.speechrate.report}.
 * </ul>
 *
 * <p>Errors are better the smaller; R² is at most 1, 0 is as good as the split's own mean, and a
 * negative one is worse. Intervals hold 95 % of the rounds of a bootstrap over speakers. What would
 * not fit into a small heap is left out with a reason: intervals beyond 100,000 speakers in a
 * split, rank correlations beyond 1,000,000 utterances and their intervals beyond 200,000.
 */
package org.speechrate.evaluation;
