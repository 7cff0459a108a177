package org.speechrate.deploy;

import org.speechrate.client.RunHandle;
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
    })
final class CancelCommand extends Subcommand {
  @Parameters(paramLabel = "ID", description = "Workflow id, as `speechrate runs` lists it.")
  private String id;

  @Override
  public Integer call() throws Exception {
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = runningLink(lifetime);
      RunHandle run = find(link, id);
      if (!run.isRunning()) {
        throw CommandFailure.failed(
            "run " + id + " has ended already; `speechrate status " + id + "` shows it");
      }
      run.cancel();
      terminal()
          .out()
          .println(
              link.hasWorker()
                  ? "cancelling " + id
                  : "cancelling " + id + " as soon as a worker runs: deploy/speechrate up");
      return Exit.DONE;
    }
  }
}
