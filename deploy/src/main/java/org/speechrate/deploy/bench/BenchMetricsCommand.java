package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench metrics}. */
@Command(
    name = "metrics",
    mixinStandardHelpOptions = true,
    header = {"Time what metrics cost a training.", ""},
    sortOptions = false,
    description = {
      "Trains by turns with and without metrics, in one warm process: recipe reference, the same"
          + " seed. With: what a worker counts, its endpoint with as many series, and a scrape each"
          + " second (Prometheus is configured to 15). Both in wall time and in the process'"
          + " processor time, scrapes included; the ratios are medians of those of the pairs.",
      ""
    })
final class BenchMetricsCommand implements Callable<Integer> {
  /** Metrics may cost a hundredth. */
  private static final double TARGET = 1.01;

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "10",
      description = "Of each training (default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--trainings",
      paramLabel = "N",
      defaultValue = "20",
      description = "Of each way in each process (default: ${DEFAULT-VALUE}).")
  private int trainings;

  @Mixin private BenchVectors vectors;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    if (epochs < 1 || trainings < 1) {
      throw CommandFailure.wrongInput("--epochs and --trainings must be at least 1");
    }
    try (Bench run = new Bench(bench, options)) {
      report(run).print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }

  private Report report(Bench run) throws IOException, CommandFailure {
    String inputs = vectors.inputs(run).toString();
    List<Bench.Ran> ran =
        run.byTurns(
                Map.of(
                    "both",
                    () ->
                        run.java(
                            MetricsProcess.class,
                            List.of(
                                inputs,
                                run.newStore().toString(),
                                Integer.toString(epochs),
                                Integer.toString(trainings)))))
            .get("both");
    JsonNode last = Bench.last(ran);
    Report report =
        run.report("metrics")
            .fact("epochs", epochs)
            .fact("trainings", trainings)
            .fact("series", last.path("series").asInt())
            .fact("scrapes", last.path("scrapes").asInt());
    Map<String, String> words = new LinkedHashMap<>();
    words.put("without", "a training without metrics: wall time");
    words.put("with", "the same with metrics, scraped each second");
    words.put("withoutCpu", "without: processor time");
    words.put("withCpu", "with: processor time");
    words.forEach((way, shown) -> report.seconds(way, shown, seconds(ran, way)));
    report.pairedAtMost("withToWithout", "with", "without", TARGET);
    report.pairedAtMost("withToWithoutCpu", "withCpu", "withoutCpu", TARGET);
    report.note(last.path("series") + " series; " + last.path("scrapes") + " scrapes a process");
    return report;
  }

  private static List<Double> seconds(List<Bench.Ran> ran, String way) {
    List<Double> seconds = new ArrayList<>();
    ran.forEach(each -> each.json().path(way).forEach(value -> seconds.add(value.asDouble())));
    return seconds;
  }
}
