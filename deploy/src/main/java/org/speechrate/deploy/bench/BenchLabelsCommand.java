package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** {@code speechrate bench labels}. */
@Command(
    name = "labels",
    mixinStandardHelpOptions = true,
    header = {"Time labels of a corpus against full decoding and against libsndfile.", ""},
    sortOptions = false,
    description = {
      "Ours: a fresh JVM that walks the corpus, reads transcripts and headers, and writes the"
          + " outputs of the stages corpus and labels; then a second one that finds them. Python's:"
          + " full decoding of some files, as the Python system does for each duration,"
          + " extrapolated to all; and libsndfile's header read of every file in a fresh process.",
      ""
    })
final class BenchLabelsCommand implements Callable<Integer> {
  @ParentCommand private BenchCommand bench;

  @Mixin private BenchOptions options;

  @Option(
      names = "--files",
      paramLabel = "N",
      defaultValue = "33862",
      description =
          "Size of the made corpus of silence (default: ${DEFAULT-VALUE}, LibriSpeech's).")
  private int files;

  @Option(
      names = "--corpus",
      paramLabel = "DIR",
      description = "Take this corpus in LibriSpeech's layout instead; it is only read.")
  private Path corpus;

  @Option(
      names = "--decode-sample",
      paramLabel = "DIR",
      description =
          "Decode FLACs of this folder (default: of the corpus; silence decodes faster than speech).")
  private Path decodeSample;

  @Option(
      names = "--decode-files",
      paramLabel = "N",
      defaultValue = "50",
      description = "How many of them (default: ${DEFAULT-VALUE}).")
  private int decodeFiles;

  @Override
  public Integer call() throws Exception {
    if (files < SilentCorpus.FEWEST_FILES) {
      throw CommandFailure.wrongInput(
          "--files must be at least " + SilentCorpus.FEWEST_FILES + ", got " + files);
    }
    if (decodeFiles < 1) {
      throw CommandFailure.wrongInput("--decode-files must be at least 1, got " + decodeFiles);
    }
    Bench.requireFolder("--corpus", corpus);
    Bench.requireFolder("--decode-sample", decodeSample);
    try (Bench run = new Bench(bench, options)) {
      Path root =
          corpus != null
              ? corpus
              : run.inputs("corpus-" + files, folder -> new SilentCorpus().write(folder, files));
      report(run, root).print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }

  private Report report(Bench run, Path root) throws Exception {
    String corpus = root.toString();
    List<String> stores = new ArrayList<>();
    List<String> headers = new ArrayList<>(List.of("headers", corpus));
    headers.addAll(StageProcess.SUBSETS.values());
    Map<String, Bench.Way> ways = new LinkedHashMap<>();
    ways.put(
        "ours",
        () -> {
          stores.add(run.newStore().toString());
          return run.ours("labels", corpus, stores.get(stores.size() - 1));
        });
    ways.put("oursAgain", () -> run.ours("labels", corpus, stores.get(stores.size() - 1)));
    if (run.hasPython()) {
      ways.put("libsndfileHeaders", () -> run.python(headers.toArray(String[]::new)));
    }
    Map<String, List<Bench.Ran>> ran = run.byTurns(ways);
    JsonNode ours = Bench.last(ran.get("ours")).path("0");
    long rows = ours.path("corpus").path("rows").asLong();

    Report report = run.report("labels").fact("files", rows);
    report.seconds("ours", "ours: fresh JVM, corpus and labels", Bench.walls(ran.get("ours")));
    report.seconds("oursAgain", "ours, second run: reused", Bench.walls(ran.get("oursAgain")));
    report.parts(Bench.parts(ours));
    if (run.hasPython()) {
      report.seconds(
          "libsndfileHeaders",
          "libsndfile's header reads, fresh process",
          Bench.walls(ran.get("libsndfileHeaders")));
      long read = Bench.last(ran.get("libsndfileHeaders")).path("files").asLong();
      if (read != rows) {
        report.note(String.format(Locale.ROOT, "libsndfile read %,d files, ours %,d", read, rows));
      }
      decode(run, report, root, rows);
    }
    if (!Bench.last(ran.get("oursAgain")).path("0").path("corpus").path("reused").asBoolean()) {
      report.note("the second run did not reuse the first one's output");
    }
    report.atLeast("decodeToOurs", "decodeAll", "ours", 500);
    report.atMost("oursToLibsndfile", "ours", "libsndfileHeaders", 2);
    return report;
  }

  private void decode(Bench run, Report report, Path root, long rows) throws Exception {
    Path sample = decodeSample == null ? root : decodeSample;
    run.say("decoding " + decodeFiles + " files of " + sample + " …");
    JsonNode decoded =
        run.python("decode", sample.toString(), Integer.toString(decodeFiles)).json();
    int count = decoded.path("files").asInt();
    double each = decoded.path("seconds").asDouble() / count;
    report.seconds("decodeAll", "full decoding, extrapolated", List.of(each * rows));
    report.note(
        String.format(
            Locale.ROOT,
            "decoded: %,d files of %s, %.1f s of audio each, %.1f ms each (%s)",
            count,
            decodeSample == null && corpus == null ? "silence" : sample,
            decoded.path("audioSeconds").asDouble() / count,
            each * 1e3,
            decoded.path("way").asText()));
  }
}
