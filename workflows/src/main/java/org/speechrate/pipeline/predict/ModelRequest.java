package org.speechrate.pipeline.predict;

import java.util.Optional;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param model NAME, NAME@VERSION or NAME@ALIAS
 * @param out where predictions are to go
 */
public record ModelRequest(String workspace, String model, Optional<String> out) {}
