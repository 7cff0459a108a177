/**
 * The training stage: from {@code samples.csv} and {@code x.npy} to a model.
 *
 * <p>Reads the dataset's {@code samples.csv} (row, sample_id, split, speaker_id, cps) and of the
 * embeddings' {@code x.npy} (float32, n × d) the rows of splits train and dev; never test. Writes
 *
 * <ul>
 *   <li>{@code weights.safetensors}: float32 {@code fc1.weight} [hidden, d], {@code fc1.bias}
 *       [hidden], … up to the output layer [1, hidden], and {@code linear.weight} [1, d] of the
 *       linear path, where there is one; the metadata's {@code activation} says what stands between
 *       the layers; raw embeddings in, letters per second (cps) out.
 *   <li>{@code history.csv}: one row per epoch; train_mse is the mean over the epoch's batches,
 *       each taken before its step, dev_mse that at the epoch's end; both in (letters/s)²:
 *       <pre>
 * epoch,train_mse,dev_mse
 * 1,14.93021,11.20118
 * </pre>
 *   <li>{@code cross_validation.csv}, where one was asked for: one row per fold, with the MSE of
 *       its utterances and that of always answering the mean of those it was trained on:
 *       <pre>
 * fold,utterances,epochs,kept_epoch,dev_mse,mse,mean_mse
 * 1,158,64,44,3.0213,2.9012,4.4981
 * </pre>
 * </ul>
 *
 * <p>While it runs, {@code data/runs/<workflowId>/<runId>/checkpoint.safetensors} holds all that
 * another attempt needs to go on: on the same kind of CPU, engine version and number of threads it
 * ends with the same bits as if nothing had happened.
 */
package org.speechrate.training;
