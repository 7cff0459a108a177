package org.speechrate.pipeline;

import io.temporal.activity.ActivityInterface;
import java.util.Optional;

/** What belongs to a run as a whole, not to one of its stages. */
@ActivityInterface
public interface RunActivities {
  /**
   * Binds the run to a workspace.
   *
   * @param workspace id that the starter gave; absent for a run from the UI, which then belongs to
   *     the workspace of the first worker that takes it
   * @return the workspace's id
   * @throws Refusal if this worker serves another workspace
   */
  String openRun(Optional<String> workspace);

  /** Writes the run's file. */
  void recordRun(String workspace, RunRecord run);

  /**
   * Tells whom the worker's owner wanted to be told: by the command and the address of {@code
   * --notify-command} and {@code --notify-url}; does nothing where neither was given.
   */
  void tellOwner(String workspace, RunNotice notice);
}
