package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.speechrate.corpus.AudioHeader;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Exit;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Splits;
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
      "From FLAC files to vectors in memory, decoding included, on all cores, after one utterance"
          + " that counts for neither. Ours: the GE2E encoder in ONNX Runtime, an utterance on each"
          + " core at a time. resemblyzer: embed_utterance(preprocess_wav(file)), one file after the"
          + " other, PyTorch with its own threads. resemblyzerPool: the same in a process for each"
          + " core. The same weights: the smallest cosine between both vectors of an utterance is"
          + " told.",
      "",
      "With --hours instead the stages corpus and embeddings, as a run has them: what memory the"
          + " process holds after each shard (15 minutes or 128 utterances). The files count again and"
          + " again as other audio, until they are so many hours.",
      "",
      "resemblyzer and PyTorch are not installed for this: name a Python that has them by --python.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate bench encoder --python my/venv/bin/python",
      "  deploy/speechrate bench encoder --hours 3 --heap 400m",
      "",
      "With --json also realTimeFactors and smallest cosines of each way; with --hours memory:"
          + " shards, rssBytes, heapBytes after each shard."
    })
final class BenchEncoderCommand implements Callable<Integer> {
  private static final double TARGET = 3;

  /** Where the MD5 of the audio begins in a FLAC: behind fLaC, a block's header, and 18 bytes. */
  private static final int FLAC_MD5 = 26;

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--audio",
      paramLabel = "DIR",
      description = "Folder of FLAC files (default: the bundled sample's).")
  private Path audio;

  @Option(
      names = "--encoder",
      paramLabel = "DIR",
      description = "Folder of our encoder (default: the bundled GE2E).")
  private Path encoder;

  @Option(
      names = "--hours",
      paramLabel = "N",
      description = "Look at memory over N hours of audio; on Linux.")
  private Double hours;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      defaultValue = "400m",
      description =
          "Java's heap with --hours, all of it taken at the start (default: ${DEFAULT-VALUE}).")
  private String heap;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    Path sample = bench.workspace().resolve("data/sample");
    Path from = audio == null ? sample.resolve("corpus") : audio;
    Path by = encoder == null ? sample.resolve("encoder") : encoder;
    Bench.requireFolder("--audio", from);
    Bench.requireFolder("--encoder", by);
    if (hours != null && !(hours > 0)) {
      throw CommandFailure.wrongInput("--hours must be more than 0, got " + hours);
    }
    if (!heap.matches("[1-9][0-9]*[mMgG]")) {
      throw CommandFailure.wrongInput("--heap must be a size such as 1g or 512m, got " + heap);
    }
    options.noPython |= hours != null;
    try (Bench run = Bench.withPython(bench, options, "resemblyzer,torch,librosa,numpy")) {
      Report report = hours == null ? speed(run, from, by) : memory(run, from, by);
      report.print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }

  private static Report speed(Bench run, Path from, Path by) throws IOException, CommandFailure {
    Map<String, Bench.Way> ways = new LinkedHashMap<>();
    ways.put("ours", () -> run.java(EncoderProcess.class, List.of(by.toString(), from.toString())));
    if (run.hasPython()) {
      ways.put("resemblyzer", () -> run.python("encoder", "default", from.toString()));
      ways.put("resemblyzerPool", () -> run.python("encoder", "pool", from.toString()));
    }
    Map<String, List<Bench.Ran>> ran = run.byTurns(ways);
    JsonNode ours = Bench.last(ran.get("ours"));
    double audioSeconds = ours.path("audioSeconds").asDouble();
    Map<String, Double> factors = new LinkedHashMap<>();
    Report report =
        run.report("encoder")
            .fact("files", ours.path("vectors").size())
            .fact("audioSeconds", audioSeconds)
            .fact("realTimeFactors", factors);
    ran.forEach(
        (way, each) -> {
          report.seconds(
              way, way, each.stream().map(one -> one.json().path("seconds").asDouble()).toList());
          double factor = report.median(way) / audioSeconds;
          factors.put(way, factor);
          report.note(
              String.format(
                  Locale.ROOT,
                  "%s: real-time factor %.5f, %.0f times real time",
                  way,
                  factor,
                  1 / factor));
        });
    for (String way : ran.keySet()) {
      if (!way.equals("ours")) {
        double cosine =
            smallestCosine(ours.path("vectors"), Bench.last(ran.get(way)).path("vectors"));
        report.fact(way + "SmallestCosine", cosine);
        report.note(
            String.format(
                Locale.ROOT,
                "%s: smallest cosine to ours of %,d utterances %.7f",
                way,
                ours.path("vectors").size(),
                cosine));
      }
    }
    report.atLeast("resemblyzerToOurs", "resemblyzer", "ours", TARGET);
    report.atLeast("resemblyzerPoolToOurs", "resemblyzerPool", "ours", TARGET);
    return report;
  }

  private Report memory(Bench run, Path from, Path by) throws IOException, CommandFailure {
    Path workspace = run.newStore();
    run.say("making " + hours + " h of audio …");
    double seconds = makeHours(from, workspace);
    run.say("encoding them …");
    // The whole heap from the start: what grows after that is not the heap.
    JsonNode ran =
        run.java(
                List.of("-Xmx" + heap, "-Xms" + heap, "-XX:+AlwaysPreTouch"),
                EncoderStageProcess.class,
                List.of(by.toString(), workspace.toString()))
            .json();
    JsonNode along = ran.path("memory");
    Report report =
        run.report("encoder")
            .fact("files", ran.path("rows").asInt())
            .fact("audioSeconds", seconds)
            .fact("heap", heap)
            .fact("memory", along);
    report.seconds("stage", "stage embeddings", List.of(ran.path("seconds").asDouble()));
    int last = along.size() - 1;
    for (int quarter = 0; quarter <= 4; quarter++) {
      JsonNode then = along.path(last * quarter / 4);
      report.note(
          String.format(
              Locale.ROOT,
              "after shard %d of %d: the process holds %,d MB, of which Java's heap %,d MB",
              then.path("shards").asInt(),
              along.path(last).path("shards").asInt(),
              then.path("rssBytes").asLong() >> 20,
              then.path("heapBytes").asLong() >> 20));
    }
    return report;
  }

  /**
   * Copies the files often enough, each time as other audio, as the MD5 in their headers differs.
   *
   * @return seconds of audio
   */
  private double makeHours(Path from, Path workspace) throws IOException, CommandFailure {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(from)) {
      files = walk.filter(EncoderProcess::isFlac).sorted().toList();
    }
    if (files.isEmpty()) {
      throw CommandFailure.wrongInput("--audio: there is no .flac in " + from);
    }
    double seconds = 0;
    try (CsvOutput table =
        CsvOutput.create(
            workspace.resolve(EncoderStageProcess.MANIFEST),
            List.of("path", "text", "speaker", "split"))) {
      for (int i = 0; i < Splits.NAMES.size() || seconds < hours * 3600; i++) {
        Path file = files.get(i % files.size());
        try {
          seconds += AudioHeader.read(file).seconds();
        } catch (Refusal e) {
          throw CommandFailure.wrongInput(file + " " + e.getMessage());
        }
        byte[] flac = Files.readAllBytes(file);
        ByteBuffer.wrap(flac).putInt(FLAC_MD5, i);
        Files.write(workspace.resolve(i + ".flac"), flac);
        String split = Splits.NAMES.get(i % Splits.NAMES.size());
        table.row(i + ".flac", "made", split, split);
      }
    }
    return seconds;
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
