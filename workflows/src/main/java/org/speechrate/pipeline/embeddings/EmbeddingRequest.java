package org.speechrate.pipeline.embeddings;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 */
public record EmbeddingRequest(String workspace, boolean reuse, EmbeddingsSpec embeddings) {}
