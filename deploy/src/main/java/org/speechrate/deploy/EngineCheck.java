package org.speechrate.deploy;

import org.speechrate.training.PyTorch;

/** Loads the engine that trains, and tells what it runs on. */
final class EngineCheck {
  private EngineCheck() {}

  /** As {@link PyTorch#describe} tells it; the first call on a machine unpacks libtorch. */
  static String describe() throws CommandFailure {
    try {
      return PyTorch.describe();
    } catch (RuntimeException | LinkageError e) {
      throw CommandFailure.missing(
          String.format(
              "the PyTorch engine does not load on %s %s: %s",
              System.getProperty("os.name"), System.getProperty("os.arch"), rootCause(e)));
    }
  }

  private static Throwable rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
