package org.speechrate.pipeline;

/**
 * A stage's committed output.
 *
 * @param reused true where an earlier run had made it already
 */
public record StageResult<F extends StageFacts>(Artifact artifact, boolean reused, F facts) {}
