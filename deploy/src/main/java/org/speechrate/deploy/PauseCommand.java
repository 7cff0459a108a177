package org.speechrate.deploy;

import org.speechrate.client.RunHandle;
import picocli.CommandLine.Command;

/** {@code speechrate pause}. */
@Command(
    name = "pause",
    mixinStandardHelpOptions = true,
    header = {"Hold a run, for as long as you like.", ""},
    description = {
      "Holds a run until `speechrate resume`: in training after the epoch in hand, with a"
          + " checkpoint; before training when the stage in hand has ended. Meanwhile it needs no"
          + " worker and no server, and the worker is free for other runs. A run whose training has"
          + " ended can't be paused.",
      ""
    },
    footer = {"", Subcommand.ENDED_OR_UNKNOWN})
final class PauseCommand extends UpdateCommand {
  @Override
  String update(RunHandle run) {
    return run.pause();
  }
}
