package org.speechrate.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code speechrate cancel}. */
@Command(
    name = "cancel",
    mixinStandardHelpOptions = true,
    header = {"Cancel a run.", ""},
    description = {
      "Cancels a run: the running stage leaves, nothing is published. Stages that were done stay,"
          + " and the next run reuses them. To keep the best weights so far, use `speechrate stop`.",
      ""
    },
    footer = {"", Subcommand.ENDED_OR_UNKNOWN})
final class CancelCommand extends Subcommand {
  @Parameters(paramLabel = "ID", description = "Workflow id, as `speechrate runs` lists it.")
  private String id;

  @Override
  public Integer call() throws Exception {
    refuseEnded(id);
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = runningLink(lifetime);
      findRunning(link, id).cancel();
      terminal()
          .out()
          .println(
              link.hasWorker()
                  ? "cancelling " + id
                  : "cancelling " + id + " as soon as a worker runs: " + command("up"));
      return Exit.DONE;
    }
  }
}
