package org.speechrate.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.CsvInput;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Problems;

/** The table {@code samples.csv}, row by row: it may be larger than the memory. */
public final class SampleTable {
  /** Name of the file in the dataset's folder. */
  public static final String FILE = "samples.csv";

  private static final List<String> COLUMNS =
      List.of("row", "sample_id", "split", "speaker_id", "cps");

  private SampleTable() {}

  static CsvOutput create(Path folder) throws IOException {
    return CsvOutput.create(folder.resolve(FILE), COLUMNS);
  }

  static void write(CsvOutput csv, Sample sample) {
    csv.row(
        Integer.toString(sample.row()),
        sample.sampleId(),
        sample.split(),
        sample.speakerId(),
        sample.cps());
  }

  /**
   * Hands over all samples, in the file's order.
   *
   * @throws Refusal if a column is missing or a number cannot be used
   */
  public static void forEach(Path file, Consumer<Sample> consumer) throws IOException {
    try (CsvInput input = CsvInput.open(file, file.toString())) {
      COLUMNS.forEach(input::require);
      input.forEach(row -> consumer.accept(sample(file, row)));
    }
  }

  private static Sample sample(Path file, CsvInput.Row row) {
    try {
      Sample sample =
          new Sample(
              Integer.parseInt(row.get("row")),
              row.get("sample_id"),
              row.get("split"),
              row.get("speaker_id"),
              row.get("cps"));
      if (Double.isFinite(sample.target()) && sample.row() >= 0) {
        return sample;
      }
    } catch (NumberFormatException e) {
      // Said below, as for numbers that are none of use.
    }
    throw new Refusal(
        Refusal.Kind.BAD_VALUE,
        String.format(
            "%s, sample %s: row must be an integer of at least 0 and cps a finite number, got"
                + " \"%s\" and \"%s\"",
            file,
            Problems.value(row.get("sample_id")),
            Problems.value(row.get("row")),
            Problems.value(row.get("cps"))));
  }
}
