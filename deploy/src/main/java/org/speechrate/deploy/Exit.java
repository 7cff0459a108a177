package org.speechrate.deploy;

/** Exit codes of the command. */
public final class Exit {
  public static final int DONE = 0;
  static final int RUN_FAILED = 1;
  static final int WRONG_INPUT = 2;
  static final int MISSING = 3;

  private Exit() {}
}
