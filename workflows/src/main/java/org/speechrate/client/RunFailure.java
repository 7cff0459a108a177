package org.speechrate.client;

/** A run that ended without a result; the message is the run's one line. */
public final class RunFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final String kind;

  RunFailure(String kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /**
   * A name of {@link org.speechrate.pipeline.Refusal.Kind}, "CANCELLED", or another failure's type.
   */
  public String kind() {
    return kind;
  }
}
