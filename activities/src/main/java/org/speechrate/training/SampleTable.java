package org.speechrate.training;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.speechrate.pipeline.Refusal;

/** Reads the dataset stage's {@code samples.csv}: row, sample_id, split, speaker_id, cps. */
public final class SampleTable {
  /** Name of the file in the dataset's folder. */
  public static final String FILE = "samples.csv";

  private static final CSVFormat FORMAT =
      CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();

  private SampleTable() {}

  /**
   * All samples, in the file's order.
   *
   * @throws Refusal if a column is missing or a number cannot be used
   */
  public static List<Sample> read(Path file) throws IOException {
    List<Sample> samples = new ArrayList<>();
    try (Reader reader = Files.newBufferedReader(file);
        CSVParser parser = FORMAT.parse(reader)) {
      for (String column : List.of("row", "sample_id", "split", "speaker_id", "cps")) {
        if (!parser.getHeaderNames().contains(column)) {
          throw new Refusal(
              Refusal.Kind.MISSING_COLUMN,
              String.format(
                  "%s needs a column %s, it has %s", file, column, parser.getHeaderNames()));
        }
      }
      for (CSVRecord record : parser) {
        samples.add(sample(file, record));
      }
    }
    return samples;
  }

  private static Sample sample(Path file, CSVRecord record) {
    try {
      double cps = Double.parseDouble(record.get("cps"));
      int row = Integer.parseInt(record.get("row"));
      if (Double.isFinite(cps) && row >= 0) {
        return new Sample(
            row, record.get("sample_id"), record.get("split"), record.get("speaker_id"), cps);
      }
    } catch (NumberFormatException e) {
      // Said below, as for numbers that are none of use.
    }
    throw new Refusal(
        Refusal.Kind.BAD_VALUE,
        String.format(
            "%s, sample %s: row must be an integer of at least 0 and cps a finite number, got"
                + " \"%s\" and \"%s\"",
            file, record.get("sample_id"), record.get("row"), record.get("cps")));
  }
}
