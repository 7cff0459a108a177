/**
 * The publishing stage: asks the gate, then writes {@code models/<name>/<version>/} by one rename.
 * A version never changes afterwards, and however often and by however many workers it is tried, it
 * is published once.
 *
 * <ul>
 *   <li>{@code model.safetensors}: the trained weights (float32; raw embeddings in, letters per
 *       second out), with model, version and verdict in its metadata.
 *   <li>{@code metrics.json}: as the evaluation stage wrote it.
 *   <li>{@code report.html}: likewise; absent where the evaluation is older than reports.
 *   <li>{@code provenance.json}: spec, artifacts with sha256, run, machine, software; for example
 *       {@code {"created": "2026-01-02T03:05:00Z", "model": "speech-rate", …}}.
 *   <li>{@code README.md}: the model card; what users wrote stands escaped in it.
 * </ul>
 */
package org.speechrate.publishing;
