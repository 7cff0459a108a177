package org.speechrate.deploy.bench;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Exit;
import org.speechrate.embeddings.NpyHeader;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.Tensor;
import org.speechrate.publishing.format.ModelFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench predict}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    header = {"Time predictions against onnxruntime.", ""},
    sortOptions = false,
    description = {
      "From a matrix on disk to predictions in memory, by the same made model, 256 → 128 → 1."
          + " Python's, twice: onnxruntime as it comes, and with one thread a batch and a pool of"
          + " threads; each with the best of four batch sizes. All in processes that are warm,"
          + " and whole processes.",
      ""
    })
final class BenchPredictCommand implements Callable<Integer> {
  /** Name of the matrix. */
  static final String ROWS = "x.npy";

  private static final int DIMENSION = 256;
  private static final int HIDDEN = 128;
  private static final String TIMES = "6";

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "500000",
      description = "Embeddings of 256 values (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    if (rows < 1) {
      throw CommandFailure.wrongInput("--rows must be at least 1, got " + rows);
    }
    try (Bench run = Bench.withPython(bench, options, "onnxruntime,numpy")) {
      report(run).print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }

  private Report report(Bench run) throws IOException, CommandFailure {
    String inputs = run.inputs("predict-" + rows, this::make).toString();
    Map<String, Bench.Way> ways = new LinkedHashMap<>();
    ways.put("ours", () -> run.java(PredictProcess.class, List.of(inputs, TIMES)));
    if (run.hasPython()) {
      ways.put("onnxruntime", () -> run.python("predict", "default", inputs, TIMES));
      ways.put("onnxruntimePool", () -> run.python("predict", "pool", inputs, TIMES));
    }
    Map<String, List<Bench.Ran>> ran = run.byTurns(ways);
    Report report = run.report("predict").fact("rows", rows).fact("dimension", DIMENSION);
    ran.forEach(
        (way, each) -> {
          report.seconds(way, way + ": warm", warm(each));
          report.note(
              String.format(
                  Locale.ROOT,
                  "%s: %,.0f rows/s, mean %.6f%s",
                  way,
                  rows / warm(each).stream().sorted().toList().get(each.size() / 2),
                  Bench.last(each).path("mean").asDouble(),
                  Bench.last(each).has("batch")
                      ? ", batches of " + Bench.last(each).path("batch").asInt()
                      : ""));
        });
    report.atLeast("onnxruntimeToOurs", "onnxruntime", "ours", 1);
    report.atLeast("onnxruntimePoolToOurs", "onnxruntimePool", "ours", 1);
    return report;
  }

  /** Of each process its best time: others on the machine only make it longer. */
  private static List<Double> warm(List<Bench.Ran> ran) {
    return ran.stream()
        .map(
            each ->
                StreamSupport.stream(each.json().path("seconds").spliterator(), false)
                    .mapToDouble(seconds -> seconds.asDouble())
                    .min()
                    .orElseThrow())
        .toList();
  }

  private void make(Path folder) throws IOException {
    Random random = new Random(0);
    SafeTensors weights =
        new SafeTensors(
            Map.of(
                "fc1.weight", tensor(random, HIDDEN, DIMENSION),
                "fc1.bias", tensor(random, HIDDEN),
                "fc2.weight", tensor(random, 1, HIDDEN),
                "fc2.bias", tensor(random, 1)),
            Map.of());
    for (ModelFormat format : List.of(ModelFormat.SAFETENSORS, ModelFormat.ONNX)) {
      Files.write(folder.resolve(format.file()), format.write(weights));
    }
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(folder.resolve(ROWS)), 1 << 20))) {
      NpyHeader.write(out, "<f4", List.of((long) rows, (long) DIMENSION));
      for (long i = 0; i < (long) rows * DIMENSION; i++) {
        out.writeInt(Integer.reverseBytes(Float.floatToRawIntBits(random.nextFloat() - 0.5f)));
      }
    }
  }

  private static Tensor tensor(Random random, int... lengths) {
    List<Integer> shape = new ArrayList<>();
    int size = 1;
    for (int length : lengths) {
      shape.add(length);
      size *= length;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(lengths[lengths.length - 1]));
    }
    return new Tensor(shape, values);
  }
}
