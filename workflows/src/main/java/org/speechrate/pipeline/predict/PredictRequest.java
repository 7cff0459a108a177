package org.speechrate.pipeline.predict;

import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param embeddings the embeddings stage's output
 */
public record PredictRequest(
    String workspace,
    boolean reuse,
    FoundModel model,
    Artifact embeddings,
    PredictSpec.Format format) {}
