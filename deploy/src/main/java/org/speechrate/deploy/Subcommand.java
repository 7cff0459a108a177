package org.speechrate.deploy;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.store.Workspace;
import picocli.CommandLine.ParentCommand;

/** What all subcommands share: the global options, and the way to Temporal. */
public abstract class Subcommand implements Callable<Integer> {
  static final String ENDED_OR_UNKNOWN =
      "Exit codes: 0 done, 1 the run has ended already or refuses, 2 there is no such run, 3 no server"
          + " or worker runs.";

  @ParentCommand private SpeechrateCommand speechrate;

  public Terminal terminal() {
    return speechrate.terminal();
  }

  public Path workspace() throws CommandFailure {
    return speechrate.workspace();
  }

  boolean namesWorkspace() {
    return speechrate.namesWorkspace();
  }

  Workspace openWorkspace(List<Path> allowRead) throws IOException, CommandFailure {
    return Backend.workspace(workspace(), allowRead);
  }

  public Tools tools() {
    return speechrate.tools();
  }

  /** The server that runs already. */
  TemporalLink runningLink(Lifetime lifetime) throws IOException, CommandFailure {
    return lifetime.add(
        Backend.running(workspace())
            .orElseThrow(
                () ->
                    CommandFailure.missing(
                        "no Temporal server runs in this workspace; start it: " + command("up"))));
  }

  /** A command that the user can paste. */
  public String command(String words) {
    return speechrate.command(words);
  }

  RunClient client(TemporalLink link) throws IOException, CommandFailure {
    return client(link.client(), openWorkspace(List.of()));
  }

  /** A run that Temporal knows. */
  RunHandle find(TemporalLink link, String workflowId) throws IOException, CommandFailure {
    try {
      return client(link).find(workflowId);
    } catch (WorkflowNotFoundException e) {
      throw new RunFiles(workspace()).find(workflowId).isPresent()
          ? ended(workflowId)
          : unknown(workflowId);
    }
  }

  /** A run that something is to be done to: one under way. */
  RunHandle findRunning(TemporalLink link, String workflowId) throws IOException, CommandFailure {
    RunHandle run = find(link, workflowId);
    if (!run.isRunning()) {
      throw ended(workflowId);
    }
    return run;
  }

  /** Says so of an ended run even where no server runs that could. */
  void refuseEnded(String workflowId) throws IOException, CommandFailure {
    if (Backend.isOff(workspace())
        && OpenRuns.find(workspace(), workflowId, "").isEmpty()
        && new RunFiles(workspace()).find(workflowId).isPresent()) {
      throw ended(workflowId);
    }
  }

  CommandFailure unknown(String workflowId) {
    return CommandFailure.wrongInput(
        "there is no run " + workflowId + "; `" + command("runs") + "` lists them");
  }

  private CommandFailure ended(String workflowId) {
    return CommandFailure.failed(
        String.format(
            "run %s has ended already; `%s` shows it",
            workflowId, command("status " + Words.quoted(workflowId))));
  }

  static RunClient client(WorkflowClient client, Workspace workspace) {
    return new RunClient(client, workspace.id());
  }
}
