package org.speechrate.deploy;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.speechrate.run.StageCleanup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate gc}. */
@Command(
    name = "gc",
    mixinStandardHelpOptions = true,
    header = {"Remove stage outputs that nothing needs any more.", ""},
    sortOptions = false,
    description = {
      "Lists the folders of data/stages/ that no published model and none of the newest runs came"
          + " from, and what encoders in data/encoded/ made of audio that none of these came from,"
          + " where they are older than a day. They only save the time of making them again."
          + " Nothing is deleted without --delete, and nothing while a run is under way.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate gc",
      "  deploy/speechrate gc --keep-runs 5 --delete"
    })
final class GcCommand extends Subcommand {
  @Option(
      names = "--keep-runs",
      paramLabel = "N",
      defaultValue = "20",
      description = "Keep what the newest N runs made or used (default: ${DEFAULT-VALUE}).")
  private int keepRuns;

  @Option(names = "--delete", description = "Really delete.")
  private boolean delete;

  @Override
  public Integer call() throws Exception {
    if (keepRuns < 0) {
      throw CommandFailure.wrongInput("--keep-runs must be at least 0, got " + keepRuns);
    }
    refuseWhileRunsAreUnderWay();
    StageCleanup cleanup = new StageCleanup(workspace(), Instant.now());
    List<StageCleanup.Unused> unused = cleanup.unused(keepRuns);
    long bytes = 0;
    for (StageCleanup.Unused output : unused) {
      terminal().out().printf("%10s  %s%n", Words.size(output.bytes()), output.uri());
      bytes += output.bytes();
      if (delete) {
        cleanup.delete(output);
      }
    }
    terminal()
        .out()
        .printf(
            "%s %d of the outputs in data/stages and data/encoded, %s%s%n",
            delete ? "deleted" : "would delete",
            unused.size(),
            Words.size(bytes),
            delete || unused.isEmpty() ? "" : "; with --delete it does");
    return Exit.DONE;
  }

  private void refuseWhileRunsAreUnderWay() throws IOException, CommandFailure {
    Optional<String> run;
    try (Lifetime lifetime = new Lifetime()) {
      Optional<TemporalLink> link = Backend.running(workspace());
      run =
          link.isPresent()
              ? LiveRuns.running(lifetime.add(link.get()).client(), 1).stream()
                  .map(each -> each.workflowId())
                  .findFirst()
              : OpenRuns.all(workspace(), "").stream().map(each -> each.workflowId()).findFirst();
    }
    if (run.isPresent()) {
      throw CommandFailure.failed(
          String.format(
              "run %s is under way and may use any output; wait for its end, or `%s`",
              run.get(), command("cancel " + Words.quoted(run.get()))));
    }
  }
}
