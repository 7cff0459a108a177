package org.speechrate.pipeline.dataset;

import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 */
public record DatasetRequest(
    String workspace, boolean reuse, DatasetSpec dataset, Artifact labels, Artifact embeddings) {}
