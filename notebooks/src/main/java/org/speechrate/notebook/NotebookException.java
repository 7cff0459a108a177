package org.speechrate.notebook;

/**
 * What a cell shows when something went wrong: one line. The kernel prints every frame of every
 * cause, so this has neither; what led to it is in {@link #getSuppressed()}.
 */
public final class NotebookException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotebookException(String message) {
    super(message, null, true, false);
  }

  NotebookException(String message, Throwable reason) {
    this(message);
    addSuppressed(reason);
  }
}
