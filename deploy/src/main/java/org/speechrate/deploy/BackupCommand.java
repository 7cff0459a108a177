package org.speechrate.deploy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate backup}. */
@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    header = {
      "Write the server's database, the runs' files and the models' aliases to a file.",
      ""
    },
    sortOptions = false,
    description = {
      "One zip file; the server may run meanwhile. Models' versions are folders that never change:"
          + " copy models/ with any tool. Stage outputs can be made again.",
      ""
    },
    footer = {"", "Example", "  deploy/speechrate backup backups/today.zip"})
final class BackupCommand extends Subcommand {
  @Parameters(paramLabel = "FILE", description = "To write.")
  private Path file;

  @Option(names = "--force", description = "Write over a file that is there.")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    if (Files.exists(file) && !force) {
      throw CommandFailure.wrongInput(file + " is there already; choose another, or --force");
    }
    if (!Files.isDirectory(file.toAbsolutePath().getParent())) {
      throw CommandFailure.wrongInput("there is no folder " + file.toAbsolutePath().getParent());
    }
    Path workspace = openWorkspace(List.of()).root();
    WorkspaceBackup.Counts counts = new WorkspaceBackup(workspace).save(file);
    terminal()
        .out()
        .printf(
            "%s: %s, %d files of runs, %d changes of aliases, %s%n",
            file,
            counts.database() ? "the server's database" : "no database, as no server ran yet",
            counts.runs(),
            counts.aliases(),
            Words.size(Files.size(file)));
    return Exit.DONE;
  }
}
