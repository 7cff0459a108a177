package org.speechrate.pipeline.probe;

import org.speechrate.pipeline.Artifact;

/** A layer that the embeddings stage has loaded. */
public record Layer(String name, Artifact embeddings) {}
