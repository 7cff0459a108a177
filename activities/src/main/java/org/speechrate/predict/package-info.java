/**
 * Using a published model: the predict stage, and what tells whether embeddings resemble those that
 * a model was trained on.
 *
 * <ul>
 *   <li>{@code predictions.csv}: sample_id, split (empty where it is not known), cps (letters/s),
 *       in the order of the embeddings; or {@code predictions.npy}: cps alone, float32 (n,).
 *   <li>{@code inputs.json}, in a published version: {@link org.speechrate.predict.InputStatistics}
 *       of the train split.
 *   <li>{@code <attempt>.f32} (float32, big endian) and {@code <attempt>.json} (how many of them
 *       are on disk), in the run's folder below {@code data/runs/}: predictions so far, which a
 *       next attempt takes over; gone when the run has ended.
 * </ul>
 */
package org.speechrate.predict;
