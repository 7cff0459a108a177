package org.speechrate.deploy;

import ai.djl.engine.Engine;
import java.util.Locale;

/** Loads the engine that trains, and tells what it runs on. */
final class EngineCheck {
  private static final String ENGINE = "PyTorch";

  private EngineCheck() {}

  /** Such as "PyTorch 2.7.1 on cpu"; the first call on a machine unpacks libtorch. */
  static String describe() throws CommandFailure {
    try {
      Engine engine = Engine.getEngine(ENGINE);
      return String.format(
          Locale.ROOT,
          "%s %s on %s",
          engine.getEngineName(),
          engine.getVersion(),
          engine.getGpuCount() > 0 ? engine.getGpuCount() + " GPU" : "cpu");
    } catch (RuntimeException | LinkageError e) {
      throw CommandFailure.missing(
          String.format(
              "the %s engine does not load on %s %s: %s",
              ENGINE, System.getProperty("os.name"), System.getProperty("os.arch"), rootCause(e)));
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
