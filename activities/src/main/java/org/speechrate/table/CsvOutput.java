package org.speechrate.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** A CSV file of a stage. */
public final class CsvOutput implements Closeable {
  private static final CSVFormat FORMAT =
      CSVFormat.DEFAULT.builder().setRecordSeparator("\n").get();

  private final CSVPrinter printer;

  private CsvOutput(CSVPrinter printer) {
    this.printer = printer;
  }

  public static CsvOutput create(Path file, List<String> columns) throws IOException {
    CsvOutput output =
        new CsvOutput(
            new CSVPrinter(Files.newBufferedWriter(file, StandardCharsets.UTF_8), FORMAT));
    output.row(columns);
    return output;
  }

  public void row(String... fields) {
    row(List.of(fields));
  }

  public void row(List<String> fields) {
    try {
      printer.printRecord(fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    printer.close();
  }
}
