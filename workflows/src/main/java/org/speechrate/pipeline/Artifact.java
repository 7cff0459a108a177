package org.speechrate.pipeline;

/**
 * The address of what a stage made; stages hand on addresses, never rows.
 *
 * @param uri folder relative to the workspace, such as {@code data/stages/labels/3f…}
 * @param sha256 over the sorted (name, sha256) of the payload files, the manifest left out
 * @param rows number of rows of the main file
 */
public record Artifact(String uri, String sha256, long rows) {}
