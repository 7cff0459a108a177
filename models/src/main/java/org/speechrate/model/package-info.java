/**
 * Reads published models: plain Java, no Temporal, no native code.
 *
 * <p>A version is a folder {@code models/<name>/<version>/}:
 *
 * <ul>
 *   <li>{@code model.safetensors}: the weights, float32: {@code fc1.weight} [hidden, d], {@code
 *       fc1.bias} [hidden], {@code fc2.weight} [1, hidden], {@code fc2.bias} [1], or more layers of
 *       the same kind; between the layers the activation that the metadata's {@code activation}
 *       names, {@code relu} (also where it is absent), {@code gelu} (with the exact error function)
 *       or {@code tanh}; where there is a {@code linear.weight} [1, d], its product with the input
 *       is added to the output. Input: a raw embedding of d values; output: letters per second
 *       (cps).
 *   <li>{@code metrics.json}: errors on train, dev and test, in letters/s and (letters/s)², beside
 *       those of the mean.
 *   <li>{@code provenance.json}: spec, data, run, machine and software that made it.
 *   <li>{@code README.md}: the model card.
 * </ul>
 *
 * <p>Beside the versions lies {@code models/<name>/aliases/NNNNNN.json}, one file for each change
 * of an alias; the highest number of an alias tells which version it names. The alias {@code
 * champion} is the version to use. For example {@code {"alias": "champion", "identity": "7@host",
 * "previous": null, "version": "20260102T030405Z-0a1b2c3d", "when": "2026-01-02T03:05:00Z", "who":
 * "run train-1", "why": "better than the mean: …"}}.
 *
 * <pre>{@code
 * SpeechRateModel model = SpeechRateModel.load(new ModelFolder(Path.of("models")).resolve("speech-rate@champion"));
 * float[] cps = model.predict(embeddings); // [n][256] in, [n] letters per second out
 * }</pre>
 */
package org.speechrate.model;
