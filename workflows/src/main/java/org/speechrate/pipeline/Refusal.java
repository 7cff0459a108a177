package org.speechrate.pipeline;

/**
 * What no retry can cure: the run fails at once with one line that names the field, file or row,
 * the rule, the value that came and, where there is one, the cure.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The failure's type in the Temporal UI. */
  public enum Kind {
    /** The run's JSON names an unknown field, or a value breaks the field's rule. */
    INVALID_SPEC,
    /** A path lies outside the workspace and the roots that the worker's owner allowed. */
    PATH_NOT_ALLOWED,
    /** A URL names a host that the worker's owner did not allow. */
    HOST_NOT_ALLOWED,
    /** A server wants a credential that is not there, or refuses the one that it was given. */
    NO_ACCESS,
    /** A file, folder or collection is absent or cannot be read. */
    UNREADABLE_FILE,
    /** A file is there, but its content breaks its format. */
    BAD_FORMAT,
    /** A column that the stage needs is absent. */
    MISSING_COLUMN,
    /** An id stands twice where it must be unique. */
    DUPLICATE_ID,
    /** An embedding has no label, or a label no embedding. */
    MISSING_SAMPLE,
    /** One speaker, or one utterance, is in two splits. */
    SPLIT_OVERLAP,
    /** A value cannot be used: NaN, infinite, not positive, another dimension. */
    BAD_VALUE,
    /** A split has too few rows to train or to evaluate on. */
    TOO_FEW_ROWS,
    /** A GPU is required and none is usable. */
    NO_GPU,
    /** The run belongs to another workspace than this worker's. */
    WRONG_WORKSPACE,
    /** Training was stopped, or went wrong, before there was anything to keep. */
    NOTHING_TRAINED
  }

  private final Kind kind;

  public Refusal(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Refusal(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
