package org.speechrate.deploy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Set;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunHandle;
import org.speechrate.run.Notifier;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.Workspace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    header = {"Train once on the bundled sample and show it all.", ""},
    sortOptions = false,
    description = {
      "Shows the whole way once, from audio to a model: starts Temporal, its UI and a worker, trains"
          + " on the bundled sample, and prints metrics, the model's folder and the run's page.",
      "",
      "A second demo reuses every stage but publishing: that is a decision, made anew each time.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate demo           everything it started is stopped at the end",
      "  deploy/speechrate demo --keep    server, UI and worker stay up until `speechrate down`",
      "",
      "Exit codes: 0 the run completed, 1 it failed, 3 something is missing on this machine,"
          + " 130 you pressed Ctrl-C."
    })
final class DemoCommand extends Subcommand {
  @Option(names = "--keep", description = "Leave server, UI and worker up at the end.")
  private boolean keep;

  @Override
  public Integer call() throws Exception {
    terminal().say("speechrate demo: from a small corpus of synthetic speech to a published model");
    try (Lifetime lifetime = new Lifetime()) {
      Workspace workspace = openWorkspace(List.of());
      Sample.provide(workspace.root(), Tools.repository(), terminal());
      if (keep) {
        DetachedUp.start(workspace.root(), List.of(), terminal());
      }
      Backend backend =
          Backend.open(lifetime, terminal(), tools(), workspace, DevServer.Ports.FREE, false);
      TemporalLink link = backend.link();
      Set<String> unserved = backend.unserved(link);
      if (!unserved.isEmpty()) {
        backend.startWorker(
            unserved, AllowedHosts.LOOPBACK, Notifier.NOBODY, MetricsEndpoint.ANYWHERE, true);
      }
      RunClient client = client(link.client(), workspace);
      RunHandle run = client.train(new ObjectMapper().createObjectNode(), "speechrate demo");
      if (backend.devServer().isPresent()) {
        OpenRuns.begin(workspace.root(), run.workflowId(), run.runId());
      }
      terminal().say("Run: " + run.workflowId());
      String farewell =
          unserved.isEmpty()
              ? "the run goes on; follow it: " + command("watch " + run.workflowId())
              : StartCommand.standsStill(command("up"));
      int exit =
          StartCommand.finish(
              new RunFollower(lifetime, terminal(), client, farewell), run, terminal(), false);
      terminal().out().println("run " + link.runPage(run.workflowId(), run.runId()));
      terminal()
          .out()
          .println(
              unserved.isEmpty()
                  ? "Server, UI and worker stay up; stop them: " + command("down")
                  : "That page is shown while a server runs, on the port that it then has: "
                      + command("up"));
      return exit;
    }
  }
}
