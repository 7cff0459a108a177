package org.speechrate.deploy;

import io.temporal.client.WorkflowClient;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate runs}. */
@Command(
    name = "runs",
    mixinStandardHelpOptions = true,
    header = {"List runs.", ""},
    description = {
      "The newest first: ended ones from data/runs/, and those under way; where no server runs,"
          + " these stand still.",
      ""
    })
final class RunsCommand extends Subcommand {
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
    if (limit < 1) {
      throw CommandFailure.wrongInput("--limit must be at least 1, got " + limit);
    }
    List<RunRecord> runs = all();
    List<RunRecord> shown = runs.subList(0, Math.min(limit, runs.size()));
    if (json) {
      terminal().out().println(ResultView.json(shown));
      return Exit.DONE;
    }
    if (shown.isEmpty()) {
      terminal().say("no runs yet; start one: " + command("train"));
      return Exit.DONE;
    }
    terminal()
        .out()
        .println(
            terminal()
                .bold(
                    String.format(
                        "%-28s%-22s%-21s%9s  %s",
                        "run", "started (UTC)", "outcome", "test MSE", "what came out")));
    shown.forEach(this::print);
    return Exit.DONE;
  }

  /** Those that have not ended first; among them and among the others the newest first. */
  private List<RunRecord> all() throws Exception {
    List<RunRecord> open = new ArrayList<>();
    List<RunRecord> ended = new ArrayList<>(new RunFiles(workspace()).all());
    try (Lifetime lifetime = new Lifetime()) {
      Optional<TemporalLink> link = Backend.running(workspace());
      if (link.isPresent()) {
        WorkflowClient client = lifetime.add(link.get()).client();
        open.addAll(LiveRuns.running(client, limit));
        Set<String> known = ended.stream().map(RunRecord::runId).collect(Collectors.toSet());
        LiveRuns.ended(client, limit).stream()
            .filter(run -> !known.contains(run.runId()))
            .forEach(ended::add);
      } else {
        open.addAll(OpenRuns.all(workspace(), command("up")));
      }
    }
    ended.sort(Comparator.comparing(RunRecord::started).reversed());
    // A run can end between the two questions; its file knows more.
    open.removeIf(run -> ended.stream().anyMatch(other -> other.runId().equals(run.runId())));
    open.addAll(ended);
    return open;
  }

  private void print(RunRecord run) {
    String mse = run.testMse().map(test -> String.format(Locale.ROOT, "%.3f", test)).orElse("");
    String what =
        run.result()
            .flatMap(result -> result.publishing().version())
            .map(version -> "published " + version)
            .orElse(run.message());
    terminal()
        .out()
        .println(
            String.format(
                "%-28s%-22.19s%-21s%9s  %s",
                run.workflowId(), run.started(), run.outcome(), mse, Words.shortened(what)));
  }
}
