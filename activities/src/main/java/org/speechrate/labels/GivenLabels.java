package org.speechrate.labels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Workspace;
import org.speechrate.table.CsvInput;
import org.speechrate.table.Decimals;
import org.speechrate.table.IdTable;
import org.speechrate.table.Problems;
import org.speechrate.table.SampleIds;
import org.speechrate.table.Splits;

/**
 * Labels that the user gives, in the Python system's columns or with just {@code sample_id,cps} and
 * any further ones.
 */
final class GivenLabels {
  private static final String FIELD = "labels.directory";

  private final String directory;
  private final Map<String, Path> files;

  private GivenLabels(String directory, Map<String, Path> files) {
    this.directory = directory;
    this.files = files;
  }

  /**
   * @throws Refusal if the folder or one of its three files is absent or may not be read
   */
  static GivenLabels in(String directory, Workspace workspace) throws IOException {
    Path folder = workspace.readable(FIELD, directory);
    if (!Files.isDirectory(folder)) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          Problems.oneLine(String.format("%s: \"%s\" is not a folder", FIELD, directory)));
    }
    Map<String, Path> files = new TreeMap<>();
    List<String> missing = new ArrayList<>();
    for (String split : Splits.NAMES) {
      Path file = folder.resolve(LabelOutput.fileName(split));
      if (!Files.exists(file)) {
        missing.add(LabelOutput.fileName(split));
        continue;
      }
      Path real = workspace.readable(FIELD, file.toString());
      if (!Files.isRegularFile(real) || !Files.isReadable(real)) {
        throw new Refusal(
            Refusal.Kind.UNREADABLE_FILE,
            Problems.oneLine(
                String.format(
                    "%s: \"%s/%s\" is no file that can be read",
                    FIELD, directory, file.getFileName())));
      }
      files.put(split, real);
    }
    if (!missing.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          Problems.oneLine(
              String.format(
                  "%s: \"%s\" has no %s; it holds: %s",
                  FIELD, directory, String.join(", ", missing), content(folder))));
    }
    return new GivenLabels(directory, files);
  }

  private static String content(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      List<String> names = entries.map(each -> each.getFileName().toString()).sorted().toList();
      return names.isEmpty() ? "nothing" : Problems.firstTen(names);
    }
  }

  /** By split. */
  Map<String, Path> files() {
    return Map.copyOf(files);
  }

  /**
   * Checks every row and writes it in the stage's columns.
   *
   * @throws Refusal if a cps is no number or not plausible, an id is there twice, or a column is
   *     missing
   */
  LabelFacts copyTo(Path folder, StageMonitor monitor) throws IOException {
    Problems problems = new Problems();
    LabelTally tally = new LabelTally();
    IdTable seen = new IdTable(FIELD);
    for (String split : Splits.NAMES) {
      String shown =
          directory.replaceAll("(?<=.)[/\\\\]+$", "") + "/" + LabelOutput.fileName(split);
      try (CsvInput input = CsvInput.open(files.get(split), shown)) {
        copySplit(split, input, folder, problems, tally, seen, monitor);
      }
      if (tally.of(split) == 0 && problems.isEmpty()) {
        throw new Refusal(
            Refusal.Kind.TOO_FEW_ROWS,
            Problems.oneLine(
                shown + ": has no row below its header; give it a row for each utterance"));
      }
      monitor.progress("labels: read " + LabelOutput.fileName(split), tally.count(), 0);
    }
    problems.refuseIfAny(String.format("%s \"%s\"", FIELD, directory));
    return tally.facts();
  }

  /** Where an id was first. */
  private record Seen(String split, long line) {
    private static final int SPLITS = Splits.NAMES.size();

    static Seen of(long number) {
      return new Seen(Splits.NAMES.get((int) (number % SPLITS)), number / SPLITS);
    }

    long number() {
      return line * SPLITS + Splits.NAMES.indexOf(split);
    }

    @Override
    public String toString() {
      return LabelOutput.fileName(split) + " line " + line;
    }
  }

  private static void copySplit(
      String split,
      CsvInput input,
      Path folder,
      Problems problems,
      LabelTally tally,
      IdTable seen,
      StageMonitor monitor)
      throws IOException {
    input.require("cps");
    if (!input.has("sample_id") && !input.has("audio_id") && !input.has("audio_path")) {
      input.require("sample_id");
    }
    List<Integer> further = new ArrayList<>();
    for (int i = 0; i < input.columns().size(); i++) {
      if (!LabelOutput.COLUMNS.contains(input.columns().get(i))) {
        further.add(i);
      }
    }
    try (LabelOutput output =
        new LabelOutput(folder, split, further.stream().map(input.columns()::get).toList())) {
      input.forEach(
          row -> {
            monitor.endIfStopped();
            Seen here = new Seen(split, row.line());
            String id = sampleId(row);
            OptionalDouble cps = Decimals.parse(row.get("cps"));
            if (id.isEmpty()) {
              problems.add(
                  Refusal.Kind.BAD_VALUE, here + " has no sample_id", "name its utterance");
              return;
            }
            if (cps.isEmpty() || !(cps.getAsDouble() > 0)) {
              problems.add(
                  Refusal.Kind.BAD_VALUE,
                  String.format(
                      Locale.ROOT,
                      "%s (%s): cps must be a number above 0, got \"%s\"",
                      here,
                      Problems.value(id),
                      Problems.value(row.get("cps"))),
                  "write letters per second with a decimal point, or take the row away");
              return;
            }
            if (!SpeechRate.isPlausible(cps.getAsDouble())) {
              problems.add(
                  Refusal.Kind.BAD_VALUE,
                  String.format(
                      Locale.ROOT,
                      "%s (%s): cps must be %s to %s, got %s",
                      here,
                      Problems.value(id),
                      Decimals.shortest(SpeechRate.SLOWEST_CPS),
                      Decimals.shortest(SpeechRate.FASTEST_CPS),
                      Problems.value(row.get("cps"))),
                  "is the column letters per second? Fast speech is about 30");
              return;
            }
            long number = seen.putIfAbsent(id, here.number());
            if (number >= 0) {
              Seen earlier = Seen.of(number);
              problems.add(
                  earlier.split().equals(split)
                      ? Refusal.Kind.DUPLICATE_ID
                      : Refusal.Kind.SPLIT_OVERLAP,
                  String.format("%s is there twice: %s and %s", Problems.value(id), earlier, here),
                  "keep one of each");
              return;
            }
            tally.add(split, cps.getAsDouble());
            output.label(
                row.get("audio_path"),
                row.get("text"),
                cps.getAsDouble(),
                row.get("speaker_id"),
                row.get("chapter_id"),
                id,
                further.stream().map(row::verbatim).toList());
          });
    }
  }

  /**
   * Some users' audio_id is only the utterance's number in its chapter; it is the sample_id where
   * it agrees with the file's name, or where there is no file name.
   */
  static String sampleId(CsvInput.Row row) {
    String audioId = row.get("audio_id");
    String stem = SampleIds.stem(row.get("audio_path"));
    String sampleId = row.get("sample_id");
    if (!audioId.isEmpty() && (audioId.equals(stem) || (stem.isEmpty() && sampleId.isEmpty()))) {
      return audioId;
    }
    return sampleId.isEmpty() ? stem : sampleId;
  }
}
