package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.speechrate.deploy.CommandFailure;
import picocli.CommandLine.Option;

/**
 * What the benches of embeddings and of the dataset share: their inputs, and how both are timed.
 */
final class BenchVectors {
  private static final int FEWEST_ROWS = 30;

  /** A worker lives for days; by then Java has compiled what runs. */
  private static final int WARM_UP_ROUNDS = 12;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "33862",
      description = "Size of the made inputs (default: ${DEFAULT-VALUE}, LibriSpeech's).")
  private int rows;

  @Option(
      names = "--dimension",
      paramLabel = "D",
      defaultValue = "256",
      description = "Values of a made embedding (default: ${DEFAULT-VALUE}).")
  private int dimension;

  @Option(
      names = "--inputs",
      paramLabel = "DIR",
      description =
          "Take these instead: embeddings_npy/numpy_embs.npy and, for all but embeddings,"
              + " processed/<split>_cps.csv; only read.")
  private Path given;

  Report report(Bench run, String bench) throws IOException, CommandFailure {
    Path inputs = inputs(run);
    String folder = inputs.toString();
    Map<String, Bench.Way> ways = new LinkedHashMap<>();
    ways.put("ours", () -> run.ours(bench, folder, run.newStore().toString()));
    if (run.hasPython()) {
      ways.put("python", () -> run.python(bench, folder, "1"));
    }
    Map<String, List<Bench.Ran>> ran = run.byTurns(ways);

    JsonNode first = Bench.last(ran.get("ours")).path("0");
    Report report = run.report(bench).fact("rows", first.path("embeddings").path("rows").asLong());
    report.seconds("oursProcess", "ours: fresh JVM, whole", Bench.walls(ran.get("ours")));
    report.seconds("oursFirst", "ours: first time in a JVM, work alone", works(ran.get("ours")));
    run.say("the same again and again in one process …");
    List<Double> warm = warm(run, bench, folder);
    report.seconds("oursWarm", "ours: in a JVM that ran it 12 times, work alone", warm);
    report.parts(Bench.parts(first));
    if (run.hasPython()) {
      report.seconds(
          "pythonProcess", "Python: fresh process, whole", Bench.walls(ran.get("python")));
      report.seconds(
          "pythonFirst",
          "Python: first time in a process, without imports",
          ran.get("python").stream()
              .map(each -> each.json().path("seconds").get(0).asDouble())
              .toList());
      List<Double> again = new ArrayList<>();
      run.python(bench, folder, Integer.toString(run.repeat() + 1))
          .json()
          .path("seconds")
          .forEach(each -> again.add(each.asDouble()));
      report.seconds(
          "pythonWarm", "Python: later times in a process", again.subList(1, again.size()));
    }
    report.atLeast("pythonToOursFirst", "pythonFirst", "oursFirst", 1);
    report.atLeast("pythonToOursWarm", "pythonWarm", "oursWarm", 1);
    report.atLeast("pythonToOursProcess", "pythonProcess", "oursProcess", 1);
    report.note(
        "work alone: loading and joining, with writing the tables; not writing the vectors, hashing,"
            + " fsync and commit, which Python's way does not do");
    return report;
  }

  /** The given ones, else made ones. */
  Path inputs(Bench run) throws IOException, CommandFailure {
    if (given != null) {
      Bench.requireFolder("--inputs", given);
      return given;
    }
    if (rows < FEWEST_ROWS || dimension < 1) {
      throw CommandFailure.wrongInput(
          "--rows must be at least " + FEWEST_ROWS + " and --dimension at least 1");
    }
    String name = "vectors-" + rows + "x" + dimension;
    return run.inputs(
        name,
        folder -> {
          if (!run.hasPython()) {
            throw CommandFailure.wrongInput(
                "numpy makes the inputs: leave out --no-python, or give yours with --inputs");
          }
          run.python(
              "make", folder.toString(), Integer.toString(rows), Integer.toString(dimension));
        });
  }

  private static List<Double> warm(Bench run, String bench, String folder)
      throws IOException, CommandFailure {
    List<String> arguments = new ArrayList<>(List.of(bench, folder));
    for (int i = 0; i < WARM_UP_ROUNDS + run.repeat(); i++) {
      arguments.add(run.newStore().toString());
    }
    JsonNode rounds = run.ours(arguments.toArray(String[]::new)).json();
    return StreamSupport.stream(rounds.spliterator(), false)
        .skip(WARM_UP_ROUNDS)
        .map(BenchVectors::work)
        .toList();
  }

  private static List<Double> works(List<Bench.Ran> ran) {
    return ran.stream().map(each -> work(each.json().path("0"))).toList();
  }

  private static double work(JsonNode stages) {
    double sum = 0;
    for (JsonNode stage : stages) {
      sum += stage.path("work").asDouble();
    }
    return sum;
  }
}
