package org.speechrate.corpus;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;
import org.speechrate.table.CsvInput;
import org.speechrate.table.Problems;
import org.speechrate.table.SampleIds;
import org.speechrate.table.Splits;

/**
 * A table with a row for each utterance, as CSV, or as TSV where its header line has a tab: {@code
 * path} and {@code text}, and optionally {@code sample_id}, {@code speaker_id} (or {@code speaker})
 * and {@code split}.
 */
final class Manifest {
  private static final String FIELD = "corpus.manifest";
  private static final int ROWS_PER_TASK = 250;

  /** A header line is shorter, and a file of something else may be one line. */
  private static final int LONGEST_HEADER = 1 << 16;

  /** Other words for dev. */
  private static final Set<String> DEV = Set.of("validation", "valid", "val");

  /** Without a column split, a tenth of the speakers each is dev and test. */
  private static final int SPEAKERS_PER_DEV_SPEAKER = 10;

  private static final String SPLIT_CURE = "name train, dev or test in the column split";

  private final Workspace workspace;
  private final String manifest;
  private final String base;

  private record Row(
      long line, String path, String text, String sampleId, String speaker, String split) {}

  /** A row's audio, or why there is none. */
  private record Audio(Path file, BasicFileAttributes attributes, String shown, Refusal refusal) {}

  /**
   * @param root what relative paths are relative to; absent: the manifest's folder
   */
  Manifest(Workspace workspace, String manifest, Optional<String> root) {
    this.workspace = workspace;
    this.manifest = manifest;
    this.base =
        root.map(folder -> folder.replaceAll("(?<=.)/+$", ""))
            .orElse(manifest.contains("/") ? manifest.substring(0, manifest.lastIndexOf('/')) : "");
  }

  /** How a refusal begins. */
  static String field(String manifest) {
    return String.format("%s \"%s\"", FIELD, manifest);
  }

  /**
   * @throws Refusal if it is no table with these columns
   */
  CorpusReader.Listing read(int threads, Problems problems) throws IOException {
    Path file = workspace.readable(FIELD, manifest);
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          Problems.oneLine(field(manifest) + " is no file that can be read"));
    }
    if (!base.isEmpty()) {
      workspace.readable("corpus.root", base);
    }
    List<Row> rows = withSplits(rows(file, problems), problems);
    List<Found> found = new ArrayList<>(rows.size());
    List<String> identity = new ArrayList<>();
    Map<String, Row> seen = new HashMap<>();
    List<Callable<List<Audio>>> tasks = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += ROWS_PER_TASK) {
      List<Row> block = rows.subList(from, Math.min(from + ROWS_PER_TASK, rows.size()));
      tasks.add(() -> block.stream().map(this::audio).toList());
    }
    List<Audio> audios = new ArrayList<>(rows.size());
    InOrder.run(threads, tasks, audios::addAll);
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      Audio audio = audios.get(i);
      identity.add(
          SourceHashes.combine(row.sampleId(), row.split(), row.speaker(), row.path(), row.text()));
      Row earlier = seen.putIfAbsent(row.sampleId(), row);
      if (earlier != null) {
        problems.add(
            Refusal.Kind.DUPLICATE_ID,
            String.format(
                Locale.ROOT,
                "sample_id %s is there twice: line %d (%s) and line %d (%s)",
                Problems.value(row.sampleId()),
                earlier.line(),
                Problems.value(earlier.path()),
                row.line(),
                Problems.value(row.path())),
            CorpusReader.KEEP_ONE + ", or give each a sample_id");
      } else if (audio.refusal() != null) {
        problems.add(audio.refusal().kind(), audio.refusal().getMessage(), "");
      } else {
        found.add(
            new Found(
                row.sampleId(),
                row.split(),
                row.speaker(),
                audio.file(),
                audio.attributes(),
                audio.shown(),
                row.text()));
      }
    }
    return new CorpusReader.Listing(found, identity);
  }

  private List<Row> rows(Path file, Problems problems) throws IOException {
    List<Row> rows = new ArrayList<>();
    try (CsvInput input = CsvInput.open(file, manifest, separator(file))) {
      input.require("path");
      input.require("text");
      String speaker = input.has("speaker_id") ? "speaker_id" : "speaker";
      input.forEach(
          row -> {
            String path = row.get("path");
            String text = row.get("text");
            if (path.isEmpty() || text.isEmpty()) {
              problems.add(
                  Refusal.Kind.BAD_VALUE,
                  String.format(
                      Locale.ROOT,
                      "line %d has no %s",
                      row.line(),
                      path.isEmpty() ? "path" : "text"),
                  "fill it in, or take the row away");
              return;
            }
            String id = row.get("sample_id");
            String split = row.get("split").toLowerCase(Locale.ROOT);
            split = DEV.contains(split) ? "dev" : split;
            if (input.has("split") && !Splits.NAMES.contains(split)) {
              problems.add(
                  Refusal.Kind.BAD_VALUE,
                  String.format(
                      Locale.ROOT,
                      "line %d: split must be train, dev (or validation, valid, val) or test, got"
                          + " \"%s\"",
                      row.line(),
                      Problems.value(row.get("split"))),
                  SPLIT_CURE);
              return;
            }
            rows.add(
                new Row(
                    row.line(),
                    path,
                    text,
                    id.isEmpty() ? SampleIds.stem(path) : id,
                    row.get(speaker),
                    split));
          });
    }
    return rows;
  }

  /** By content, as endings are as good as the people who choose them. */
  private static char separator(Path file) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (int i = 0; i < LONGEST_HEADER; i++) {
        int character = reader.read();
        if (character == '\t') {
          return '\t';
        }
        if (character < 0 || character == '\n' || character == '\r') {
          break;
        }
      }
    } catch (CharacterCodingException e) {
      return ','; // refused as no UTF-8, by its line
    }
    return ',';
  }

  /**
   * Where there is no column split, speakers are dealt out by a hash of their names; utterances,
   * where there are no speakers.
   */
  private static List<Row> withSplits(List<Row> rows, Problems problems) {
    List<Row> split = rows;
    if (rows.stream().allMatch(row -> row.split().isEmpty())) {
      Map<String, String> byHash = new java.util.TreeMap<>();
      rows.forEach(row -> byHash.put(SourceHashes.combine(voice(row)), voice(row)));
      List<String> voices = List.copyOf(byHash.values());
      int some = Math.max(1, voices.size() / SPEAKERS_PER_DEV_SPEAKER);
      Map<String, String> splitOf = new HashMap<>();
      for (int i = 0; i < voices.size(); i++) {
        splitOf.put(voices.get(i), i < some ? "test" : i < 2 * some ? "dev" : "train");
      }
      split =
          rows.stream()
              .map(
                  row ->
                      new Row(
                          row.line(),
                          row.path(),
                          row.text(),
                          row.sampleId(),
                          row.speaker(),
                          splitOf.get(voice(row))))
              .toList();
    }
    Set<String> missing = new TreeSet<>(Splits.NAMES);
    split.forEach(row -> missing.remove(row.split()));
    if (!missing.isEmpty() && problems.isEmpty()) {
      problems.add(
          Refusal.Kind.TOO_FEW_ROWS, "has no row of " + String.join(" nor ", missing), SPLIT_CURE);
    }
    return split;
  }

  private static String voice(Row row) {
    return row.speaker().isEmpty() ? "utterance " + row.sampleId() : "speaker " + row.speaker();
  }

  /** A path that is not there is tried with slashes in place of Windows' backslashes. */
  private Audio audio(Row row) {
    Audio asWritten = audio(row, row.path());
    if (asWritten.refusal() == null || row.path().indexOf('\\') < 0) {
      return asWritten;
    }
    Audio withSlashes = audio(row, row.path().replace('\\', '/'));
    return withSlashes.refusal() == null ? withSlashes : asWritten;
  }

  private Audio audio(Row row, String path) {
    String field = String.format(Locale.ROOT, "line %d", row.line());
    try {
      String shown = shown(path);
      Path file = workspace.readable(field, shown);
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isRegularFile()) {
        return new Audio(file, attributes, shown, null);
      }
      return wrong(field + ": \"" + path + "\" is no file");
    } catch (Refusal e) {
      return new Audio(null, null, "", e);
    } catch (InvalidPathException | IOException e) {
      return wrong(field + ": cannot read \"" + Problems.value(path) + "\": " + e);
    }
  }

  private static Audio wrong(String problem) {
    return new Audio(null, null, "", new Refusal(Refusal.Kind.UNREADABLE_FILE, problem));
  }

  private String shown(String path) {
    return base.isEmpty() || Path.of(path).isAbsolute() ? path : base + "/" + path;
  }
}
