package org.speechrate.pipeline.predict;

import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param predictions the predict stage's output
 */
public record DeliveryRequest(
    String workspace, Artifact predictions, PredictSpec.Format format, String out) {}
