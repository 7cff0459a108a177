package org.speechrate.deploy;

import io.temporal.client.WorkflowClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate last-night}. */
@Command(
    name = "last-night",
    mixinStandardHelpOptions = true,
    header = {"Tell what became of the last runs, one sentence each.", ""},
    sortOptions = false,
    description = {
      "Each run that began, ended or was under way since then, the oldest first: published what, and"
          + " how good it is; or why not; or which line it failed with. Ended runs are read from"
          + " data/runs/, so it needs no server.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate last-night",
      "  deploy/speechrate last-night --since 7d --json",
      "",
      "With --json, standard output holds one array: workflowId, started, outcome, sentence, untold.",
      "Exit codes: 0 no run failed (a gate's no is no failure), 1 one did."
    })
final class LastNightCommand extends Subcommand {
  /** Runs of a sweep are one run; more in a night than this are somebody's experiment. */
  private static final int MOST_ASKED = 1000;

  private static final Set<String> FAILURES = Set.of("failed", "terminated", "timed out");

  @Option(
      names = "--since",
      paramLabel = "TIME",
      defaultValue = "24h",
      converter = DurationConverter.class,
      description = "How long the night was, such as 12h or 7d (default: ${DEFAULT-VALUE}).")
  private Duration since;

  @Option(names = "--json", description = "Print one JSON array.")
  private boolean json;

  /**
   * One line.
   *
   * @param untold why nobody could be told of it by a notify command or address
   */
  private record Line(
      String workflowId,
      String started,
      String outcome,
      String sentence,
      Optional<String> untold) {}

  @Override
  public Integer call() throws Exception {
    List<Line> lines =
        runs().stream()
            .map(
                run ->
                    new Line(
                        run.workflowId(),
                        run.started(),
                        run.outcome(),
                        run.sentence(),
                        run.untold()))
            .toList();
    if (json) {
      terminal().out().println(ResultView.json(lines));
    } else if (lines.isEmpty()) {
      terminal().out().println("no run in the last " + DurationConverter.text(since));
    } else {
      lines.forEach(this::print);
    }
    return lines.stream().anyMatch(line -> FAILURES.contains(line.outcome()))
        ? Exit.RUN_FAILED
        : Exit.DONE;
  }

  private void print(Line line) {
    String sentence =
        FAILURES.contains(line.outcome()) ? terminal().red(line.sentence()) : line.sentence();
    terminal().out().printf("%s  %s%n", terminal().bold(line.workflowId()), sentence);
    line.untold()
        .ifPresent(why -> terminal().out().println("  nobody could be told of it: " + why));
  }

  private List<RunRecord> runs() throws Exception {
    Instant from = Instant.now().minus(since);
    List<RunRecord> runs = new ArrayList<>(new RunFiles(workspace()).all());
    runs.removeIf(run -> Instant.parse(run.ended()).isBefore(from));
    try (Lifetime lifetime = new Lifetime()) {
      Optional<TemporalLink> link = Backend.running(workspace());
      if (link.isPresent()) {
        WorkflowClient client = lifetime.add(link.get()).client();
        List<RunRecord> listed = new ArrayList<>(LiveRuns.running(client, MOST_ASKED));
        // Of a run that somebody terminated there is no file.
        LiveRuns.ended(client, MOST_ASKED).stream()
            .filter(run -> Instant.parse(run.started()).isAfter(from))
            .forEach(listed::add);
        listed.stream().filter(run -> !contains(runs, run)).toList().forEach(runs::add);
      } else {
        runs.addAll(OpenRuns.all(workspace(), command("up")));
      }
    }
    runs.sort(Comparator.comparing(RunRecord::started));
    return runs;
  }

  private static boolean contains(List<RunRecord> runs, RunRecord run) {
    return runs.stream().anyMatch(other -> other.runId().equals(run.runId()));
  }
}
