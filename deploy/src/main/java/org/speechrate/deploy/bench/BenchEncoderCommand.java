package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench encoder}. */
@Command(
    name = "encoder",
    mixinStandardHelpOptions = true,
    header = {"Time embeddings of audio against resemblyzer.", ""},
    sortOptions = false,
    description = {
      "From audio files to vectors in memory, after one utterance that counts for neither. Ours: the"
          + " GE2E encoder in ONNX Runtime, an utterance on each core at a time. Python's:"
          + " embed_utterance(preprocess_wav(file)), one file after the other, PyTorch with its own"
          + " threads. The same weights: the smallest cosine between both vectors of an utterance"
          + " is told.",
      "",
      "resemblyzer and PyTorch are not installed for this: name a Python that has them by --python.",
      ""
    })
final class BenchEncoderCommand implements Callable<Integer> {
  private static final double TARGET = 3;

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--audio",
      paramLabel = "DIR",
      description = "Folder of audio files (default: the bundled sample's).")
  private Path audio;

  @Option(
      names = "--encoder",
      paramLabel = "DIR",
      description = "Folder of our encoder (default: the bundled GE2E).")
  private Path encoder;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    Path sample = bench.workspace().resolve("data/sample");
    Path from = audio == null ? sample.resolve("corpus") : audio;
    Path by = encoder == null ? sample.resolve("encoder") : encoder;
    Bench.requireFolder("--audio", from);
    Bench.requireFolder("--encoder", by);
    try (Bench run = Bench.withPython(bench, options, "resemblyzer,torch,librosa,numpy")) {
      report(run, from.toString(), by.toString()).print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }

  private Report report(Bench run, String from, String by) throws IOException, CommandFailure {
    Map<String, Bench.Way> ways = new LinkedHashMap<>();
    ways.put("ours", () -> run.java(EncoderProcess.class, List.of(by, from)));
    if (run.hasPython()) {
      ways.put("resemblyzer", () -> run.python("encoder", from));
    }
    Map<String, List<Bench.Ran>> ran = run.byTurns(ways);
    JsonNode ours = Bench.last(ran.get("ours"));
    double audioSeconds = ours.path("audioSeconds").asDouble();
    Report report =
        run.report("encoder")
            .fact("files", ours.path("vectors").size())
            .fact("audioSeconds", audioSeconds);
    ran.forEach(
        (way, each) -> {
          List<Double> seconds =
              each.stream().map(one -> one.json().path("seconds").asDouble()).toList();
          report.seconds(way, way, seconds);
          report.note(
              String.format(
                  Locale.ROOT,
                  "%s: real-time factor %.4f",
                  way,
                  seconds.stream().sorted().toList().get(seconds.size() / 2) / audioSeconds));
        });
    if (run.hasPython()) {
      JsonNode theirs = Bench.last(ran.get("resemblyzer"));
      report.note(
          String.format(
              Locale.ROOT,
              "smallest cosine of both vectors of an utterance: %.7f",
              smallestCosine(ours.path("vectors"), theirs.path("vectors"))));
    }
    report.atLeast("resemblyzerToOurs", "resemblyzer", "ours", TARGET);
    return report;
  }

  private static double smallestCosine(JsonNode ours, JsonNode theirs) throws CommandFailure {
    double smallest = 1;
    for (Map.Entry<String, JsonNode> each : ours.properties()) {
      JsonNode other = theirs.path(each.getKey());
      if (other.size() != each.getValue().size()) {
        throw CommandFailure.failed("resemblyzer has no vector of that size of " + each.getKey());
      }
      smallest = Math.min(smallest, cosine(each.getValue(), other));
    }
    return smallest;
  }

  private static double cosine(JsonNode a, JsonNode b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.size(); i++) {
      double x = a.get(i).asDouble();
      double y = b.get(i).asDouble();
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    return ab / Math.sqrt(aa * bb);
  }
}
