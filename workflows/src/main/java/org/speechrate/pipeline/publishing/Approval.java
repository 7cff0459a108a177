package org.speechrate.pipeline.publishing;

import java.util.Optional;

/**
 * Somebody's word that a model may be published.
 *
 * @param who as they called themselves; nobody checks it
 * @param when UTC, ISO 8601
 * @param updateId of the update that brought it; in the run's history the server keeps with it the
 *     identity of the client
 */
public record Approval(String who, Optional<String> comment, String when, String updateId) {}
