/**
 * The evaluation stage: how good the model is on train, dev and test, beside the mean of the train
 * labels. Reads {@code samples.csv} (row, sample_id, split, speaker_id, cps), {@code x.npy} and
 * {@code weights.safetensors}; what is evaluated is what gets published, read by the same code.
 * Writes
 *
 * <ul>
 *   <li>{@code predictions.csv}: every utterance, in the order of samples.csv; true_cps and
 *       predicted_cps in letters/s, speaker_id empty where no speaker is known:
 *       <pre>
 * sample_id,split,speaker_id,true_cps,predicted_cps
 * 1462-170138-0000,train,1462,9.621993127147766,10.204121
 * </pre>
 *   <li>{@code metrics.json}: per split n, mse in (letters/s)², mae in letters/s, r2 (null, and
 *       r2Reason says why, where it is undefined), baselineMse and baselineMae; trainMeanCps, the
 *       baseline's one prediction; betterThanMean; verdict, one sentence, which also says where the
 *       test split is too small, or the gain too slight, to tell.
 * </ul>
 *
 * <p>Errors are better the smaller; R² is at most 1, 0 is as good as the split's own mean, and a
 * negative one is worse.
 */
package org.speechrate.evaluation;
