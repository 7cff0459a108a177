package org.speechrate.pipeline;

/**
 * What a stage reports of its output beside the address; kept in the manifest, so reuse tells it
 * too.
 */
public interface StageFacts {
  /** Number of rows of the stage's main file. */
  long rows();

  /** One line for people. */
  String summary();
}
