package org.speechrate.deploy;

import io.temporal.client.WorkflowClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunHandle;
import org.speechrate.store.Workspace;
import picocli.CommandLine.ParentCommand;

/** What all subcommands share: the global options, and the way to Temporal. */
abstract class Subcommand implements Callable<Integer> {
  @ParentCommand private SpeechrateCommand speechrate;

  Terminal terminal() {
    return speechrate.terminal();
  }

  Path workspace() throws CommandFailure {
    return speechrate.workspace();
  }

  Workspace openWorkspace(List<Path> allowRead) throws IOException, CommandFailure {
    return Backend.workspace(workspace(), allowRead);
  }

  Tools tools() {
    return speechrate.tools();
  }

  /** The server that runs already. */
  TemporalLink runningLink(Lifetime lifetime) throws IOException, CommandFailure {
    return lifetime.add(
        Backend.running(workspace())
            .orElseThrow(
                () ->
                    CommandFailure.missing(
                        "no Temporal server runs in this workspace; start it: deploy/speechrate up")));
  }

  RunHandle find(TemporalLink link, String workflowId) throws IOException, CommandFailure {
    return client(link.client(), openWorkspace(List.of())).find(workflowId);
  }

  static RunClient client(WorkflowClient client, Workspace workspace) {
    return new RunClient(client, workspace.id());
  }
}
