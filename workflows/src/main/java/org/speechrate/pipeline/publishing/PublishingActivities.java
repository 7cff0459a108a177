package org.speechrate.pipeline.publishing;

import io.temporal.activity.ActivityInterface;

/**
 * Publishes {@code models/<name>/<version>/}: the model in each format, metrics.json,
 * provenance.json and README.md, the model card.
 */
@ActivityInterface
public interface PublishingActivities {
  /** Exactly once for a version, however often it is tried; a gate that says no creates nothing. */
  PublishingResult publishModel(PublishingRequest request);

  /**
   * Asked before the first stage, so that a night's training does not end at a path.
   *
   * @param workspace id of the workspace that the run belongs to
   * @param alsoWrite of the run's {@code publishing}
   * @throws org.speechrate.pipeline.Refusal if this worker must not write there
   */
  void checkAlsoWrite(String workspace, String alsoWrite);
}
