package org.speechrate.pipeline.predict;

/**
 * A published version.
 *
 * @param path of its folder, relative to the workspace
 * @param sha256 of its weights
 * @param dimension number of values of an embedding that it takes
 */
public record FoundModel(String name, String version, String path, String sha256, int dimension) {}
