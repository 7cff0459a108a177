package org.speechrate.pipeline.labels;

import java.util.Optional;
import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param corpus output of the corpus stage, present exactly where {@code labels} names no directory
 */
public record LabelRequest(
    String workspace, boolean reuse, LabelsSpec labels, Optional<Artifact> corpus) {}
