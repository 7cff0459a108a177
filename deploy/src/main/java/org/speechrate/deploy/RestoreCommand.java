package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.speechrate.client.ServerFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate restore}. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    header = {"Put back what `backup` wrote.", ""},
    sortOptions = false,
    description = {
      "Refuses while a server runs. The workspace takes the backup's database and id; files of runs"
          + " and changes of aliases that it has already stay as they are. With the next `up`, runs"
          + " that were under way go on, and schedules are there again.",
      ""
    },
    footer = {
      "",
      "Example",
      "  deploy/speechrate down && deploy/speechrate restore backups/today.zip --replace"
    })
final class RestoreCommand extends Subcommand {
  @Parameters(paramLabel = "FILE", description = "That `backup` wrote.")
  private Path file;

  @Option(
      names = "--replace",
      description = "Put the database that is there aside; it is not deleted.")
  private boolean replace;

  @Override
  public Integer call() throws Exception {
    Path workspace = openWorkspace(List.of()).root();
    // Whether one runs; a killed one's file is cleaned away.
    Optional<ServerFile> running = DevServer.running(workspace);
    if (running.isPresent()) {
      throw serverRuns();
    }
    WorkspaceBackup.Counts counts =
        ServerLocks.exclusively(
            workspace,
            () -> {
              // None has been started between the two questions, and none will be now.
              if (ServerFile.read(workspace).isPresent()) {
                throw serverRuns();
              }
              return new WorkspaceBackup(workspace).restore(file, replace);
            });
    terminal()
        .out()
        .printf(
            "restored %s, %d files of runs, %d changes of aliases; go on: %s%n",
            counts.database() ? "the server's database" : "no database, as there is none in it",
            counts.runs(),
            counts.aliases(),
            command("up"));
    return Exit.DONE;
  }

  private CommandFailure serverRuns() {
    return CommandFailure.wrongInput(
        "a server runs in this workspace; `" + command("down") + "` first");
  }
}
