package org.speechrate.pipeline.publishing;

import java.util.Optional;

/**
 * @param version absent where nothing was published
 * @param path folder relative to the workspace; absent where nothing was published
 * @param reason why it was or was not published, in one sentence
 */
public record PublishingResult(
    boolean published,
    String model,
    Optional<String> version,
    Optional<String> path,
    String reason) {}
