package org.speechrate.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.run.RunFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate runs}. */
@Command(
    name = "runs",
    mixinStandardHelpOptions = true,
    header = {"List runs.", ""},
    description = {
      "The newest first: ended ones from data/runs/, and running ones where a server" + " runs.",
      ""
    })
final class RunsCommand extends Subcommand {
  private static final int MESSAGE_WIDTH = 70;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many at most (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--json", description = "Print one JSON array.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    List<RunRecord> runs = new ArrayList<>();
    try (Lifetime lifetime = new Lifetime()) {
      Optional<TemporalLink> link = Backend.running(workspace());
      if (link.isPresent()) {
        runs.addAll(LiveRuns.running(lifetime.add(link.get()).client(), limit));
      }
    }
    for (RunRecord ended : new RunFiles(workspace()).all()) {
      if (runs.stream().noneMatch(run -> run.runId().equals(ended.runId()))) {
        runs.add(ended);
      }
    }
    List<RunRecord> shown = runs.subList(0, Math.min(limit, runs.size()));
    if (json) {
      terminal().out().println(ResultView.json(shown));
      return Exit.DONE;
    }
    if (shown.isEmpty()) {
      terminal().say("no runs yet; start one: deploy/speechrate train");
      return Exit.DONE;
    }
    terminal()
        .out()
        .println(
            terminal()
                .bold(
                    String.format(
                        "%-28s%-22s%-11s%9s  %s",
                        "run", "started (UTC)", "outcome", "test MSE", "what came out")));
    shown.forEach(this::print);
    return Exit.DONE;
  }

  private void print(RunRecord run) {
    String mse =
        run.result()
            .map(RunResult::evaluation)
            .map(evaluation -> evaluation.get("test"))
            .map(test -> String.format(Locale.ROOT, "%.3f", test.mse()))
            .orElse("");
    String what =
        run.result()
            .flatMap(result -> result.publishing().version())
            .map(version -> "published " + version)
            .orElse(run.message());
    terminal()
        .out()
        .println(
            String.format(
                "%-28s%-22.19s%-11s%9s  %s",
                run.workflowId(), run.started(), run.outcome(), mse, shorten(what)));
  }

  private static String shorten(String text) {
    return text.length() <= MESSAGE_WIDTH ? text : text.substring(0, MESSAGE_WIDTH - 1) + "…";
  }
}
