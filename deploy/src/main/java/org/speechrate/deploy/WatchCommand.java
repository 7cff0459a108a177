package org.speechrate.deploy;

import org.speechrate.client.RunHandle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate watch}. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    header = {"Follow a run to its end.", ""},
    description = {
      "Follows a run to its end, and prints its result. Ctrl-C ends the watching, not the run.",
      ""
    },
    footer = {"", "Exit codes: 0 the run completed, 1 it failed, 2 its input was refused."})
final class WatchCommand extends Subcommand {
  @Parameters(paramLabel = "ID", description = "Workflow id, as `speechrate runs` lists it.")
  private String id;

  @Option(names = "--json", description = "Print the result as one JSON object, as `train` does.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = runningLink(lifetime);
      RunHandle run = find(link, id);
      terminal().say("Run: " + link.runPage(run.workflowId(), run.runId()));
      if (run.isRunning() && !link.hasWorker()) {
        terminal().say("no worker runs, so it stands still; start one: " + command("up"));
      }
      RunFollower follower =
          new RunFollower(
              lifetime,
              terminal(),
              client(link),
              "no longer watched; the run itself is left as it is: "
                  + command("watch " + Words.quoted(id)));
      return StartCommand.finish(follower, run, terminal(), json);
    }
  }
}
