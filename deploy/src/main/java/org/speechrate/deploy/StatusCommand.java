package org.speechrate.deploy;

import io.temporal.client.WorkflowNotFoundException;
import java.util.List;
import java.util.Optional;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunProgress;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.run.RunFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    header = {"Show one run.", ""},
    description = {
      "Shows one run: its stages, what came out, and its metrics. An ended run needs no server.",
      ""
    },
    footer = {"", "Example", "  deploy/speechrate status train-20260102-030405-1f2e"})
final class StatusCommand extends Subcommand {
  @Parameters(paramLabel = "ID", description = "Workflow id, as `speechrate runs` lists it.")
  private String id;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Optional<RunRecord> run = live();
    if (run.isEmpty()) {
      run = new RunFiles(workspace()).find(id);
    }
    RunRecord found =
        run.orElseThrow(
            () ->
                CommandFailure.wrongInput(
                    "there is no run " + id + "; `speechrate runs` lists them"));
    if (json) {
      terminal().out().println(ResultView.json(found));
    } else {
      print(found);
    }
    return Exit.DONE;
  }

  /** The run while it is under way; ended ones are read from their files. */
  private Optional<RunRecord> live() throws Exception {
    try (Lifetime lifetime = new Lifetime()) {
      Optional<TemporalLink> link = Backend.running(workspace());
      if (link.isEmpty()) {
        return Optional.empty();
      }
      TemporalLink temporal = lifetime.add(link.get());
      RunHandle run = find(temporal, id);
      if (!run.isRunning()) {
        return Optional.empty();
      }
      terminal().say("Run: " + temporal.runPage(run.workflowId(), run.runId()));
      if (!temporal.hasWorker()) {
        terminal().say("no worker runs, so it stands still; start one: deploy/speechrate up");
        return Optional.of(LiveRuns.record(run.workflowId(), run.runId(), "", List.of()));
      }
      RunProgress progress = run.progress();
      progress.running().ifPresent(running -> terminal().say("now: " + running.text()));
      return Optional.of(LiveRuns.record(run.workflowId(), run.runId(), "", progress.stages()));
    } catch (WorkflowNotFoundException e) {
      return Optional.empty();
    }
  }

  private void print(RunRecord run) {
    terminal()
        .out()
        .println(
            String.format(
                "%s  %s%s",
                terminal().bold(run.workflowId()),
                run.outcome(),
                run.message().isEmpty() ? "" : ": " + run.message()));
    if (!run.started().isEmpty()) {
      terminal().out().println("run " + run.runId() + ", started " + run.started() + " UTC");
    }
    ResultView view = new ResultView(terminal());
    if (run.result().isPresent()) {
      view.print(run.result().get());
    } else {
      view.stages(run.stages());
    }
  }
}
