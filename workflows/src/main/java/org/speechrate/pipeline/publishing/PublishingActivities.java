package org.speechrate.pipeline.publishing;

import io.temporal.activity.ActivityInterface;

/**
 * Publishes {@code models/<name>/<version>/}: model.safetensors, metrics.json, provenance.json and
 * README.md, the model card.
 */
@ActivityInterface
public interface PublishingActivities {
  /** Exactly once for a version, however often it is tried; a gate that says no creates nothing. */
  PublishingResult publishModel(PublishingRequest request);
}
