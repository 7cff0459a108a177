package org.speechrate.deploy;

import org.speechrate.client.RunHandle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate approve}. */
@Command(
    name = "approve",
    mixinStandardHelpOptions = true,
    header = {"Let a run that waits for it publish its model.", ""},
    description = {
      "A run whose input has publishing.approval true waits for this once its gate has said yes."
          + " Who approved, from which client, when and why stand in the model's provenance.json.",
      ""
    },
    footer = {"", Subcommand.ENDED_OR_UNKNOWN})
final class ApproveCommand extends UpdateCommand {
  @Option(names = "--who", paramLabel = "NAME", required = true, description = "Who you are.")
  private String who;

  @Option(names = "--comment", paramLabel = "TEXT", defaultValue = "", description = "Why.")
  private String comment;

  @Override
  String update(RunHandle run) {
    return run.approve(who, comment);
  }
}
