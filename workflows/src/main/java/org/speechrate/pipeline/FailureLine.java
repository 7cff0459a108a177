package org.speechrate.pipeline;

import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TimeoutFailure;

/** What went wrong in a stage, without the wrapping of Temporal's failures. */
final class FailureLine {
  private FailureLine() {}

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
