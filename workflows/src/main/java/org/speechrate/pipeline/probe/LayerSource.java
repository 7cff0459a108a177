package org.speechrate.pipeline.probe;

import org.speechrate.pipeline.embeddings.EmbeddingsSpec;

/**
 * Where a layer is.
 *
 * @param name of its folder, file or array
 * @param embeddings as a run that trains on it alone takes them
 */
public record LayerSource(String name, EmbeddingsSpec embeddings) {}
