package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Exit;
import org.speechrate.table.CsvOutput;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench evaluation}. */
@Command(
    name = "evaluation",
    mixinStandardHelpOptions = true,
    header = {"Time metrics with bootstrap intervals against numpy.", ""},
    sortOptions = false,
    description = {
      "MSE, MAE, RMSE, R², Pearson's and Spearman's correlation of a model, of the mean and of ridge"
          + " regression, and the paired differences, with intervals of rounds that draw the"
          + " speakers anew. Ours: the first time in a fresh JVM, and warm. Python's, twice: a round"
          + " at a time, each metric one numpy expression over the drawn utterances; and all rounds"
          + " at once, by sums a speaker and weighted ranks, as ours does it. All are timed without"
          + " the start of their process and without reading the table.",
      ""
    })
final class BenchEvaluationCommand implements Callable<Integer> {
  /** Of LibriSpeech's labels, in letters/s. */
  static final double MEAN = 11.87;

  private static final String TABLE = "predictions.csv";
  private static final double TARGET = 10;

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "2620",
      description = "Utterances (default: ${DEFAULT-VALUE}, LibriSpeech's test-clean).")
  private int rows;

  @Option(
      names = "--speakers",
      paramLabel = "N",
      defaultValue = "40",
      description = "Their speakers (default: ${DEFAULT-VALUE}).")
  private int speakers;

  @Option(
      names = "--bootstrap",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Rounds (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    if (speakers < 2 || rows < speakers || rounds < 1) {
      throw CommandFailure.wrongInput(
          "--speakers must be at least 2, --rows at least as many, and --bootstrap at least 1");
    }
    try (Bench run = new Bench(bench, options)) {
      report(run).print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }

  private Report report(Bench run) throws IOException, CommandFailure {
    String table =
        run.inputs("evaluation-" + rows + "-" + speakers, this::make).resolve(TABLE).toString();
    String drawn = Integer.toString(rounds);
    Map<String, Bench.Way> ways = new LinkedHashMap<>();
    ways.put("ours", () -> run.java(EvaluationProcess.class, List.of(table, drawn)));
    if (run.hasPython()) {
      ways.put("numpy", () -> run.python("evaluation", "rounds", table, drawn));
      ways.put("numpyAtOnce", () -> run.python("evaluation", "atonce", table, drawn));
    }
    Map<String, List<Bench.Ran>> ran = run.byTurns(ways);
    Report report =
        run.report("evaluation")
            .fact("rows", rows)
            .fact("speakers", speakers)
            .fact("rounds", rounds);
    report.seconds("ours", "ours: first time in a fresh JVM", first(ran.get("ours")));
    report.seconds("oursWarm", "ours: warm, as in a worker", warm(ran.get("ours")));
    if (run.hasPython()) {
      report.seconds("numpy", "numpy: a round at a time", first(ran.get("numpy")));
      report.seconds("numpyAtOnce", "numpy: all rounds at once", first(ran.get("numpyAtOnce")));
    }
    report.atLeast("numpyToOurs", "numpy", "oursWarm", TARGET);
    report.atLeast("numpyToOursFirst", "numpy", "ours", 1);
    report.atLeast("numpyAtOnceToOurs", "numpyAtOnce", "oursWarm", 1);
    report.atLeast("numpyAtOnceToOursFirst", "numpyAtOnce", "ours", 1);
    ran.forEach((way, each) -> report.note(way + ": MSE " + shown(Bench.last(each).path("mse"))));
    return report;
  }

  /** The first time of each process. */
  private static List<Double> first(List<Bench.Ran> ran) {
    return ran.stream().map(each -> each.json().path("seconds").path(0).asDouble()).toList();
  }

  /** The median of the second half of each process's times. */
  private static List<Double> warm(List<Bench.Ran> ran) {
    return ran.stream()
        .map(
            each -> {
              List<Double> times =
                  StreamSupport.stream(each.json().path("seconds").spliterator(), false)
                      .map(JsonNode::asDouble)
                      .toList();
              return new Report.Seconds(times.subList(times.size() / 2, times.size())).median();
            })
        .toList();
  }

  private static String shown(JsonNode mse) {
    return String.format(
        Locale.ROOT,
        "%.9f, 95 %% interval %.3f to %.3f",
        mse.path("value").asDouble(),
        mse.path("interval").path("low").asDouble(),
        mse.path("interval").path("high").asDouble());
  }

  /** Speakers have habits; models know a part of them. */
  private void make(Path folder) throws IOException {
    Random random = new Random(0);
    try (CsvOutput csv =
        CsvOutput.create(
            folder.resolve(TABLE), List.of("speaker", "true", "model", "mean", "ridge"))) {
      double habit = 0;
      for (int i = 0; i < rows; i++) {
        int speaker = (int) ((long) i * speakers / rows);
        if (i == 0 || speaker != (int) ((i - 1L) * speakers / rows)) {
          habit = 1.5 * random.nextGaussian();
        }
        double cps = MEAN + habit + 1.3 * random.nextGaussian();
        csv.row(
            "s" + speaker,
            Double.toString(cps),
            Double.toString(MEAN + 0.5 * habit + 0.4 * random.nextGaussian()),
            Double.toString(MEAN),
            Double.toString(MEAN + 0.4 * habit + 0.4 * random.nextGaussian()));
      }
    }
  }
}
