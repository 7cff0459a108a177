package org.speechrate.deploy;

import org.speechrate.client.RunHandle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate reject}. */
@Command(
    name = "reject",
    mixinStandardHelpOptions = true,
    header = {"End a run that waits for approval; nothing is published.", ""},
    description = {
      "The run completes and tells who rejected it and why. Who thinks better of it publishes its"
          + " model with `speechrate models promote --run ID`.",
      ""
    },
    footer = {"", Subcommand.ENDED_OR_UNKNOWN})
final class RejectCommand extends UpdateCommand {
  @Option(names = "--who", paramLabel = "NAME", required = true, description = "Who you are.")
  private String who;

  @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why.")
  private String reason;

  @Override
  String update(RunHandle run) {
    return run.reject(who, reason);
  }
}
