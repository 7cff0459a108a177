package org.speechrate.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Exit;
import org.speechrate.deploy.Lifetime;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench scale}. */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    header = {"Show that memory and cost per row do not grow with the data.", ""},
    sortOptions = false,
    description = {
      "Makes a matrix, its ids and labels of each size, and runs the stages labels, embeddings,"
          + " dataset, training (one epoch) and evaluation on them in a fresh JVM with a small heap.",
      ""
    },
    footer = {
      "",
      "heap: most that Java's heap held, with what was not yet collected. memory: most of the"
          + " process's own memory, heap and libtorch; the matrix is mapped, so that its pages are"
          + " the page cache's.",
      "",
      "Example",
      "  deploy/speechrate bench scale --rows 30000,300000 --heap 512m",
      "",
      "With --json, standard output holds one object: dimension, heap, load, and for each size rows,"
          + " stages (seconds, cpuSeconds, peakHeapBytes, peakAnonymousBytes of each), peakRssBytes (with the"
          + " matrix's mapped pages) and verdict."
    })
final class BenchScaleCommand implements Callable<Integer> {
  private static final long FEWEST_ROWS = 2000;

  /** Of a row, in all tables and their runs, about. */
  private static final long TABLE_BYTES = 500;

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--rows",
      paramLabel = "N",
      split = ",",
      defaultValue = "30000,300000,3000000,10000000",
      description = "Sizes, one after the other (default: ${DEFAULT-VALUE}).")
  private List<Long> rows;

  @Option(
      names = "--dimension",
      paramLabel = "D",
      defaultValue = "256",
      description = "Values of an embedding (default: ${DEFAULT-VALUE}).")
  private int dimension;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "Java's -Xmx for the stages (default: ${DEFAULT-VALUE}).")
  private String heap;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description =
          "Folder for the data, twice the matrix, which are removed (default: the workspace's"
              + " data/bench).")
  private Path dir;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (dimension < 2 || rows.stream().anyMatch(each -> each < FEWEST_ROWS)) {
      throw CommandFailure.wrongInput(
          "--rows must be at least " + FEWEST_ROWS + " and --dimension at least 2");
    }
    if (!heap.matches("[1-9][0-9]*[mMgG]")) {
      throw CommandFailure.wrongInput("--heap must be a size such as 1g or 512m, got " + heap);
    }
    Path parent = dir == null ? bench.workspace().resolve("data").resolve("bench") : dir;
    Map<String, JsonNode> sizes = new LinkedHashMap<>();
    for (long size : rows) {
      Files.createDirectories(parent);
      long needed = size * (2L * Float.BYTES * dimension + TABLE_BYTES);
      long free = Files.getFileStore(parent).getUsableSpace();
      if (free < needed) {
        throw CommandFailure.missing(
            String.format(
                Locale.ROOT,
                "%,d rows need %,d MB in %s, which has %,d MB; name another folder by --dir",
                size,
                needed >> 20,
                parent,
                free >> 20));
      }
      try (Lifetime lifetime = new Lifetime()) {
        Path folder = lifetime.add(AttemptFolder.begin(parent)).path();
        bench.terminal().say(String.format(Locale.ROOT, "%,d rows: making …", size));
        ScaleInputs.make(folder, size, dimension);
        bench.terminal().say(String.format(Locale.ROOT, "%,d rows: running …", size));
        JsonNode ran = run(folder, lifetime);
        sizes.put(Long.toString(size), ran);
        if (!json) {
          print(size, ran);
        }
      }
    }
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("bench", "scale");
      all.put("dimension", dimension);
      all.put("heap", heap);
      all.put("load", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
      all.put("rows", sizes);
      bench.terminal().out().print(new String(Json.write(all), StandardCharsets.UTF_8));
    }
    return Exit.DONE;
  }

  private JsonNode run(Path folder, Lifetime lifetime) throws IOException, CommandFailure {
    Path errors = folder.resolve("errors.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-Dspeechrate.stderr=OFF",
                "-Dspeechrate.log=" + folder.resolve("stages.log"),
                ScaleProcess.class.getName(),
                folder.toString())
            .redirectError(errors.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    lifetime.add(process::destroyForcibly);
    byte[] out = process.getInputStream().readAllBytes();
    try {
      if (process.waitFor() != 0) {
        throw CommandFailure.failed("the stages failed: " + Files.readString(errors).strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.failed("interrupted");
    }
    return Json.read(out, JsonNode.class);
  }

  private void print(long size, JsonNode ran) {
    bench
        .terminal()
        .out()
        .println(
            bench
                .terminal()
                .bold(
                    String.format(
                        Locale.ROOT,
                        "%-16s%12s%12s%12s%12s%12s",
                        String.format(Locale.ROOT, "%,d rows", size),
                        "seconds",
                        "µs/row",
                        "CPU µs/row",
                        "heap MB",
                        "memory MB")));
    for (String stage : ScaleProcess.STAGES) {
      JsonNode told = ran.path("stages").path(stage);
      double seconds = told.path("seconds").asDouble();
      bench
          .terminal()
          .out()
          .printf(
              Locale.ROOT,
              "%-16s%12.1f%12.2f%12.2f%12d%12d%n",
              stage,
              seconds,
              seconds * 1e6 / size,
              told.path("cpuSeconds").asDouble() * 1e6 / size,
              told.path("peakHeapBytes").asLong() >> 20,
              told.path("peakAnonymousBytes").asLong() >> 20);
    }
    bench.terminal().out().println(ran.path("verdict").asText());
  }
}
