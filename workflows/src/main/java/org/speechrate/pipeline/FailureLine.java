package org.speechrate.pipeline;

import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TimeoutFailure;

/** What went wrong, in one line: read out of Temporal's failures, and put into one. */
public final class FailureLine {
  private FailureLine() {}

  /**
   * A failure that is not retried.
   *
   * @param kind a name of {@link Refusal.Kind}, or another failure's type
   */
  public static ApplicationFailure failure(String line, String kind) {
    ApplicationFailure failure = ApplicationFailure.newNonRetryableFailure(line, kind);
    // Shown to people, who are helped by the line and not by where our code threw it.
    failure.setStackTrace(new StackTraceElement[0]);
    return failure;
  }

  static String of(ActivityFailure failure) {
    if (failure.getCause() instanceof ApplicationFailure cause) {
      return cause.getOriginalMessage();
    }
    if (failure.getCause() instanceof TimeoutFailure timeout) {
      return String.format(
          "%s: given up after %s (%s)",
          failure.getActivityType(), timeout.getTimeoutType(), timeout.getOriginalMessage());
    }
    return String.valueOf(failure.getCause());
  }

  /** A name of {@link Refusal.Kind}, or another failure's type. */
  static String kind(ActivityFailure failure) {
    return failure.getCause() instanceof ApplicationFailure cause ? cause.getType() : "FAILED";
  }
}
