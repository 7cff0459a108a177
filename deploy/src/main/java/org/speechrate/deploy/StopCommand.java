package org.speechrate.deploy;

import io.temporal.client.WorkflowUpdateException;
import org.speechrate.client.RunHandle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code speechrate stop}. */
@Command(
    name = "stop",
    mixinStandardHelpOptions = true,
    header = {"End a run's training now, keep the best so far, and go on.", ""},
    description = {
      "Ends a run's training now and keeps the best weights so far; the run goes on with"
          + " evaluation and publishing. To keep nothing, use `speechrate cancel`.",
      ""
    },
    footer = {"", Subcommand.ENDED_OR_UNKNOWN})
final class StopCommand extends Subcommand {
  @Parameters(paramLabel = "ID", description = "Workflow id, as `speechrate runs` lists it.")
  private String id;

  @Override
  public Integer call() throws Exception {
    refuseEnded(id);
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = runningLink(lifetime);
      RunHandle run = findRunning(link, id);
      if (!link.hasWorker()) {
        throw CommandFailure.missing(
            "no worker runs that could stop the training; start one: " + command("up"));
      }
      terminal().out().println(run.stopEarly());
      return Exit.DONE;
    } catch (WorkflowUpdateException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw CommandFailure.failed(
          cause instanceof io.temporal.failure.ApplicationFailure refusal
              ? refusal.getOriginalMessage()
              : Words.line(String.valueOf(cause.getMessage())));
    }
  }
}
