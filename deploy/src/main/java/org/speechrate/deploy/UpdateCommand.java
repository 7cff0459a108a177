package org.speechrate.deploy;

import io.temporal.client.WorkflowUpdateException;
import io.temporal.failure.ApplicationFailure;
import org.speechrate.client.RunHandle;
import picocli.CommandLine.Parameters;

/** What {@code stop}, {@code pause}, {@code approve} and the like share: a run may refuse. */
abstract class UpdateCommand extends Subcommand {
  @Parameters(paramLabel = "ID", description = "Workflow id, as `speechrate runs` lists it.")
  private String id;

  /**
   * @return what happens now, in one sentence
   */
  abstract String update(RunHandle run);

  @Override
  public final Integer call() throws Exception {
    refuseEnded(id);
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = runningLink(lifetime);
      RunHandle run = findRunning(link, id);
      if (!link.hasWorker()) {
        throw CommandFailure.missing(
            "no worker runs that could tell the run; start one: " + command("up"));
      }
      terminal().out().println(update(run));
      return Exit.DONE;
    } catch (WorkflowUpdateException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw CommandFailure.failed(
          cause instanceof ApplicationFailure refusal
              ? refusal.getOriginalMessage()
              : Words.line(String.valueOf(cause.getMessage())));
    }
  }
}
