package org.speechrate.pipeline.corpus;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 */
public record CorpusRequest(String workspace, boolean reuse, CorpusSpec corpus) {}
