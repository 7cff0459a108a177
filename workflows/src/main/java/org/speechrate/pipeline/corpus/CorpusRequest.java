package org.speechrate.pipeline.corpus;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param dropDamaged whether a file that is cut off, damaged or no audio is left out rather than
 *     refused; false of a run that began before there was the choice
 */
public record CorpusRequest(
    String workspace, boolean reuse, CorpusSpec corpus, boolean dropDamaged) {}
