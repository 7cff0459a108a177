package org.speechrate.deploy;

import org.speechrate.client.RunHandle;
import picocli.CommandLine.Command;

/** {@code speechrate stop}. */
@Command(
    name = "stop",
    mixinStandardHelpOptions = true,
    header = {"End a run's training now, keep the best so far, and go on.", ""},
    description = {
      "Ends a run's training now, also a paused one's, and keeps the best weights so far; the run"
          + " goes on with evaluation and publishing. To keep nothing, use `speechrate cancel`; to"
          + " go on training later, `speechrate pause`.",
      ""
    },
    footer = {"", Subcommand.ENDED_OR_UNKNOWN})
final class StopCommand extends UpdateCommand {
  @Override
  String update(RunHandle run) {
    return run.stopEarly();
  }
}
