package org.speechrate.pipeline.embeddings;

import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param encoder folder of the encoder, or its name below {@code models/encoders/}
 * @param corpus whose utterances are encoded
 */
public record EncodingRequest(String workspace, boolean reuse, String encoder, Artifact corpus) {}
