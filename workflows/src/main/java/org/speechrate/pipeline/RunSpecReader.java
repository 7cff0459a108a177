package org.speechrate.pipeline;

/** placeholder */
public final class RunSpecReader {
  private RunSpecReader() {}

  /** placeholder. */
  public static RunSpec read(String json) {
    return null;
  }
}
