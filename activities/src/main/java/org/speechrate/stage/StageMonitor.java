package org.speechrate.stage;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.StageProgress;

/**
 * How a stage's classes tell how far they are, and learn that they should stop; knows no Temporal.
 */
public interface StageMonitor {
  /**
   * Cheap enough to call for every file or row block. Where a stop was requested it does not
   * return: the attempt ends there, as it has nothing worth keeping. Training, which has, uses the
   * other form.
   *
   * @param text for people, such as "corpus: 1,200 of 33,862 files"
   * @param done work done so far, in the stage's own unit
   * @param total all of the work, 0 where it is not known
   */
  void progress(String text, long done, long total);

  /** The same for training, with its losses so far; always returns. */
  void progress(String text, long done, long total, List<EpochLoss> losses);

  /** The same for the trainings of a sweep, with what became of its variants. */
  default void progress(StageProgress newest) {
    progress(newest.text(), newest.done(), newest.total(), newest.curve());
  }

  /** What {@link #progress} does where a stop was requested; cheap enough for every row. */
  default void endIfStopped() {
    if (stopRequested()) {
      progress("stops", 0, 0);
    }
  }

  /**
   * An epoch of a training has ended.
   *
   * @param samples utterances that it trained on
   */
  default void epochEnded(Duration took, long samples, EpochLoss loss) {}

  /** A state is on disk that the work can go on from: this stage's, or that of a part of it. */
  default void checkpointWritten() {}

  /** From now on a next attempt goes on from this file, which is already on disk. */
  void checkpointed(Path checkpoint);

  /** The last file of {@link #checkpointed} of an earlier attempt. */
  Optional<Path> earlierCheckpoint();

  /** Whether someone cancelled the stage, or the worker is leaving. */
  boolean stopRequested();

  /**
   * Whether the stop is the whole run's: nobody waits for what this attempt makes, nor for a
   * checkpoint.
   */
  default boolean runCancelled() {
    return false;
  }

  /**
   * Whether the stop is the worker's own leaving: the attempt should then fail, so that another
   * worker goes on from the checkpoint.
   */
  boolean workerLeaving();

  /**
   * To be called right before an effect that nobody takes back. It does not return where the run no
   * longer waits for this attempt: it was cancelled, or another attempt has taken over while this
   * one stood still.
   */
  void requireCurrent();

  /** For tests and notebooks: tells nobody, never stops. */
  static StageMonitor silent() {
    return new SilentMonitor();
  }
}
