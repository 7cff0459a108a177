package org.speechrate.pipeline.probe;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param path folder or {@code .npz}
 */
public record LayersRequest(String workspace, String path) {}
