package org.speechrate.deploy;

import io.temporal.client.WorkflowNotFoundException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.speechrate.client.PendingStage;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunProgress;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.StageState;
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
    if (run.isEmpty() && Backend.isOff(workspace())) {
      run = OpenRuns.find(workspace(), id, command("up"));
    }
    if (run.isEmpty()) {
      run = new RunFiles(workspace()).find(id);
    }
    RunRecord found = run.orElseThrow(() -> unknown(id));
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
      RunClient client = client(temporal);
      RunHandle run = client.find(id);
      if (!run.isRunning()) {
        // Of a run that somebody terminated there is no file, but maybe of an older one of its id.
        return new RunFiles(workspace())
                .find(id)
                .filter(file -> file.runId().equals(run.runId()))
                .isPresent()
            ? Optional.empty()
            : Optional.of(record(run, run.outcome(), List.of()));
      }
      terminal().say("Run: " + temporal.runPage(run.workflowId(), run.runId()));
      if (!temporal.hasWorker()) {
        terminal().say("no worker runs, so it stands still; start one: " + command("up"));
        for (PendingStage stage : run.pending()) {
          stage
              .heartbeat()
              .ifPresent(text -> terminal().say(stage.stage() + ", last heard: " + text));
        }
        return Optional.of(record(run, run.outcome(), List.of()));
      }
      new StageNotices()
          .news(run.pending(), Instant.now(), () -> client.otherTraining(id))
          .forEach(terminal()::say);
      RunProgress progress = run.progress();
      progress.running().ifPresent(running -> terminal().say("now: " + running.text()));
      return Optional.of(record(run, run.outcome(), progress.stages()));
    } catch (WorkflowNotFoundException e) {
      return Optional.empty();
    }
  }

  private static RunRecord record(RunHandle run, String outcome, List<StageState> stages) {
    return LiveRuns.record(run.workflowId(), run.runId(), "", outcome, stages);
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
    } else if (run.sweep().isPresent()) {
      view.print(run.sweep().get());
    } else if (run.probe().isPresent()) {
      view.print(run.probe().get());
    } else if (run.predict().isPresent()) {
      view.print(run.predict().get());
    } else if (!run.stages().isEmpty()) {
      view.stages(run.stages());
    }
  }
}
