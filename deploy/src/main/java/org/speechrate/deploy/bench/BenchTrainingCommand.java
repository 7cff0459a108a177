package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench training}. */
@Command(
    name = "training",
    mixinStandardHelpOptions = true,
    header = {"Time a whole training against PyTorch from Python.", ""},
    sortOptions = false,
    description = {
      "From files to a saved model and its test MSE, each in a fresh process: 256-128-1, MSE, Adam"
          + " 0.0003, batches of 32, raw targets (recipe reference). Ours: the stages labels,"
          + " embeddings, dataset and training, then the test split's MSE. Python's, twice: a"
          + " DataLoader of one sample at a time, as the Python system has it (reference), and"
          + " tensors by a permutation with a fused Adam (optimised).",
      "",
      "Then sweeps, one training on each core at a time, and the same epoch by a bare loop on one"
          + " core (Java's Vector API), about the limit.",
      "",
      "PyTorch is not installed for this: where python3 has no torch, numpy and pandas, name one"
          + " that has by --python.",
      ""
    })
final class BenchTrainingCommand implements Callable<Integer> {
  private static final String LOOP = "OneCoreLoop.java";
  private static final double TARGET_REFERENCE = 4;
  private static final double TARGET_OPTIMISED = 2;

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "10",
      description = "Of each training (default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--sweeps",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,8,32",
      description = "Trainings of each sweep (default: ${DEFAULT-VALUE}).")
  private List<Integer> sweeps;

  @Mixin private BenchVectors vectors;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    if (epochs < 1 || sweeps.stream().anyMatch(each -> each < 1)) {
      throw CommandFailure.wrongInput("--epochs and --sweeps must be at least 1");
    }
    try (Bench run = Bench.withPython(bench, options, "torch,numpy,pandas")) {
      report(run).print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }

  private Report report(Bench run) throws IOException, CommandFailure {
    Path inputs = vectors.inputs(run);
    String folder = inputs.toString();
    Map<String, String> words = new LinkedHashMap<>();
    words.put("ours", "ours");
    Map<String, Bench.Way> ways = new LinkedHashMap<>();
    ways.put("ours", () -> ours(run, folder, List.of()));
    if (run.hasPython()) {
      for (String how : List.of("reference", "optimised")) {
        words.put(how, "Python, " + how);
        ways.put(how, () -> python(run, how, folder));
      }
    }
    Map<String, List<Bench.Ran>> ran = run.byTurns(ways);

    JsonNode last = Bench.last(ran.get("ours"));
    Map<String, Double> testMse = new LinkedHashMap<>();
    Report report =
        run.report("training")
            .fact("rows", last.path("stages").path("dataset").path("rows").asLong())
            .fact("epochs", epochs)
            .fact("testMse", testMse);
    ran.forEach(
        (way, each) -> {
          report.seconds(way, words.get(way) + ": fresh process, whole", Bench.walls(each));
          testMse.put(way, Bench.last(each).path("testMse").asDouble());
        });
    ran.forEach(
        (way, each) ->
            report.seconds(
                way + "Epoch", words.get(way) + ": an epoch", epochSeconds(Bench.last(each))));
    sweeps(run, folder, report);
    oneCore(run, last, report);
    report.parts(Bench.parts(last.path("stages")));
    report.atLeast("ratioReference", "reference", "ours", TARGET_REFERENCE);
    report.atLeast("ratioOptimised", "optimised", "ours", TARGET_OPTIMISED);
    report.fact("ratioReference", report.value("ratioReference"));
    report.fact("ratioOptimised", report.value("ratioOptimised"));
    report.note("test MSE: " + words(testMse));
    report.note(
        "the first epoch of ours has what comes before it: reading, scaling, compiling the script");
    return report;
  }

  private Bench.Ran ours(Bench run, String folder, List<Integer> sizes)
      throws IOException, CommandFailure {
    List<String> arguments =
        new ArrayList<>(List.of(folder, run.newStore().toString(), Integer.toString(epochs)));
    sizes.forEach(size -> arguments.add(Integer.toString(size)));
    return run.java(TrainingProcess.class, arguments);
  }

  private Bench.Ran python(Bench run, String how, String folder)
      throws IOException, CommandFailure {
    return run.python(
        "training",
        how,
        folder,
        run.newStore().resolve("model.pt").toString(),
        Integer.toString(epochs));
  }

  private void sweeps(Bench run, String folder, Report report) throws IOException, CommandFailure {
    run.say("sweeps …");
    JsonNode seconds = ours(run, folder, sweeps).json().path("sweeps");
    for (int size : sweeps) {
      report.seconds(
          "sweep" + size,
          String.format(
              "ours: %d trainings of %d epochs, %d at a time, warm",
              size, epochs, Math.min(size, Runtime.getRuntime().availableProcessors())),
          List.of(seconds.path(Integer.toString(size)).asDouble()));
    }
  }

  /** Run from source: what incubates would be a warning of the build. */
  private void oneCore(Bench run, JsonNode ours, Report report) throws IOException {
    run.say("a bare loop on one core …");
    try {
      JsonNode loop =
          run.source(
                  LOOP,
                  "--add-modules=jdk.incubator.vector",
                  Long.toString(ours.path("trainRows").asLong()),
                  Long.toString(ours.path("dimension").asLong()),
                  Integer.toString(epochs))
              .json();
      if (epochs > 1 && loop.path("lastMse").asDouble() >= loop.path("firstMse").asDouble()) {
        throw CommandFailure.failed("its loss did not fall");
      }
      report.seconds("oneCoreEpoch", "a bare loop on one core: an epoch", epochSeconds(loop));
    } catch (CommandFailure e) {
      report.note("no bare loop on one core: " + e.getMessage());
    }
  }

  private static List<Double> epochSeconds(JsonNode ran) {
    return StreamSupport.stream(ran.path("epochSeconds").spliterator(), false)
        .map(JsonNode::asDouble)
        .toList();
  }

  private static String words(Map<String, Double> testMse) {
    List<String> words = new ArrayList<>();
    testMse.forEach((way, mse) -> words.add(String.format(Locale.ROOT, "%s %.4f", way, mse)));
    return String.join(", ", words);
  }
}
