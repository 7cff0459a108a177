package org.speechrate.pipeline;

import java.util.Optional;

/**
 * What a pending activity shows in the UI, and where its next attempt goes on.
 *
 * @param text such as "epoch 7 of 100, dev MSE 2.91"
 * @param checkpoint a file relative to the workspace that is already on disk
 */
public record Heartbeat(String text, Optional<String> checkpoint) {}
