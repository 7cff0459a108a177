/**
 * The publishing stage: asks the gate, then writes {@code models/<name>/<version>/} by one rename.
 * A version never changes afterwards, and however often and by however many workers it is tried, it
 * is published once. It then becomes the champion: a change of that alias in {@code
 * models/<name>/aliases/}, made once as well.
 *
 * <ul>
 *   <li>{@code model.safetensors}: the trained weights (float32; raw embeddings in, letters per
 *       second out), with model, version and verdict in its metadata.
 *   <li>{@code model.pt}, {@code state_dict.pt}, {@code model.onnx}: the same for PyTorch and ONNX,
 *       see {@link org.speechrate.publishing.format}.
 *   <li>{@code metrics.json}: as the evaluation stage wrote it.
 *   <li>{@code report.html}: likewise; absent where the evaluation is older than reports.
 *   <li>{@code inputs.json}: norms, means and variances of the train embeddings; absent where these
 *       were gone.
 *   <li>{@code provenance.json}: spec, artifacts with sha256, run, machine, software; for example
 *       {@code {"created": "2026-01-02T03:05:00Z", "model": "speech-rate", …}}.
 *   <li>{@code speakers.csv}: {@code speaker_id}, those of train and dev, one a row, for later
 *       comparisons on speakers that no model has heard; absent where speakers are not known.
 *   <li>{@code README.md}: the model card; what users wrote stands escaped in it.
 * </ul>
 */
package org.speechrate.publishing;
