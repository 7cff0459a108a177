package org.speechrate.pipeline.evaluation;

import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param speakerCheck the dataset's sentence on speakers, which the verdict repeats where nobody
 *     could check
 */
public record EvaluationRequest(
    String workspace,
    boolean reuse,
    Artifact dataset,
    Artifact embeddings,
    Artifact training,
    String speakerCheck) {}
