package org.speechrate.deploy;

/** Ends a command with one line for the user and an exit code. */
public final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private CommandFailure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  public static CommandFailure failed(String message) {
    return new CommandFailure(Exit.RUN_FAILED, message, null);
  }

  public static CommandFailure wrongInput(String message) {
    return new CommandFailure(Exit.WRONG_INPUT, message, null);
  }

  static CommandFailure wrongInput(String message, Throwable cause) {
    return new CommandFailure(Exit.WRONG_INPUT, message, cause);
  }

  /**
   * @param message what is missing on this machine, and how to get it
   */
  public static CommandFailure missing(String message) {
    return new CommandFailure(Exit.MISSING, message, null);
  }

  /** Another process' failure, with its own code. */
  static CommandFailure of(int exitCode, String message) {
    return new CommandFailure(exitCode, message, null);
  }

  int exitCode() {
    return exitCode;
  }
}
