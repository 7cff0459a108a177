package org.speechrate.deploy;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.speechrate.embeddings.EmbeddingInspection;
import org.speechrate.pipeline.Counts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate embeddings inspect}. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    header = {"Show what is in a source of embeddings.", ""},
    sortOptions = false,
    description = {
      "Reads all of it, row by row: kind, files, splits, dimension, first ids, norms, and what may"
          + " be wrong with it: values that are not finite, ids that are there twice, zero vectors,"
          + " dimensions that never change.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate embeddings inspect my/embeddings_npy",
      "  deploy/speechrate embeddings inspect my/x.npy --ids my/ids.csv --json",
      "  deploy/speechrate embeddings inspect http://127.0.0.1:8000",
      "",
      "With --json, standard output holds one object: source, files, fileCount, bytes, embeddings,"
          + " dimension, stored, splits, labelled, firstIds, norms.{min,mean,max}, notFinite,"
          + " otherDimension, badIds, zero (each count and first), constantDimensions, runRefuses;"
          + " of a source that cannot be read error.{kind,message}.",
      "Exit codes: 0 it could be read, 2 it could not: it is damaged, or of no known kind."
    })
final class EmbeddingsInspectCommand implements Callable<Integer> {
  private static final int FEW = 5;

  @ParentCommand private EmbeddingsCommand embeddings;

  @Parameters(
      paramLabel = "PATH",
      description = "File, or folder, of embeddings; or a ChromaDB server's URL.")
  private String path;

  @Mixin private EmbeddingsCommand.SourceOptions source;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    TerminalMonitor monitor = new TerminalMonitor(embeddings.terminal());
    EmbeddingInspection found =
        embeddings.run(
            json,
            monitor,
            () -> EmbeddingInspection.of(source.spec(path), source.hosts(), monitor));
    if (json) {
      embeddings.terminal().out().println(ResultView.json(found));
    } else {
      print(found);
    }
    return Exit.DONE;
  }

  private void print(EmbeddingInspection found) {
    line("kind", found.source());
    if (found.fileCount() > 0) {
      line(
          "files",
          String.format(
              Locale.ROOT,
              "%,d, %s: %s",
              found.fileCount(),
              Words.size(found.bytes()),
              few(found.files(), found.fileCount())));
    }
    line(
        "embeddings",
        String.format(
            "%s of %s, stored as %s",
            Counts.of(found.embeddings(), "embedding"),
            Counts.of(found.dimension(), "value"),
            found.stored().isEmpty() ? "nothing" : String.join(" and ", found.stored())));
    line("splits", splits(found.splits()));
    line("labels", String.format(Locale.ROOT, "%,d have one", found.labelled()));
    line("first ids", few(found.firstIds(), found.embeddings()));
    line(
        "norms",
        found
            .norms()
            .map(
                norms ->
                    String.format(
                        Locale.ROOT,
                        "min %.4g, mean %.4g, max %.4g",
                        norms.min(),
                        norms.mean(),
                        norms.max()))
            .orElse("none is finite"));
    line("not finite", found.notFinite());
    line("other size", found.otherDimension());
    line("bad ids", found.badIds());
    line("zero", found.zero());
    List<Integer> constant = found.constantDimensions();
    line(
        "constant",
        constant.isEmpty()
            ? "no dimension"
            : Counts.of(constant.size(), "dimension")
                + ": "
                + few(constant.stream().map(String::valueOf).toList(), constant.size()));
    if (!found.runRefuses().isEmpty()) {
      line(
          "",
          embeddings.terminal().red("a run refuses it: " + String.join("; ", found.runRefuses())));
    }
  }

  private static String splits(Map<String, Long> splits) {
    return splits.entrySet().stream()
        .map(
            each ->
                String.format(
                    Locale.ROOT,
                    "%s %,d",
                    each.getKey().isEmpty() ? "not told" : each.getKey(),
                    each.getValue()))
        .collect(Collectors.joining(", "));
  }

  private void line(String name, EmbeddingInspection.Found found) {
    line(
        name,
        found.count() == 0
            ? "none"
            : String.format(
                Locale.ROOT, "%,d: %s", found.count(), few(found.first(), found.count())));
  }

  private static String few(List<String> first, long count) {
    List<String> shown = first.subList(0, Math.min(FEW, first.size()));
    return String.join(", ", shown)
        + (count > shown.size()
            ? String.format(Locale.ROOT, " and %,d more", count - shown.size())
            : "");
  }

  private void line(String name, String text) {
    embeddings.terminal().out().printf("%-12s%s%n", name, text);
  }
}
