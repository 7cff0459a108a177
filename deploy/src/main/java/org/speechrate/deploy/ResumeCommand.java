package org.speechrate.deploy;

import org.speechrate.client.RunHandle;
import picocli.CommandLine.Command;

/** {@code speechrate resume}. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    header = {"Let a paused run go on.", ""},
    description = {
      "Lets a paused run go on where it stands. Its weights get the bits of a training that was"
          + " never paused, on the same kind of CPU.",
      ""
    },
    footer = {"", Subcommand.ENDED_OR_UNKNOWN})
final class ResumeCommand extends UpdateCommand {
  @Override
  String update(RunHandle run) {
    return run.resume();
  }
}
