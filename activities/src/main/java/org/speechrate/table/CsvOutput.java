package org.speechrate.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.csv.CSVFormat;

/** A CSV file of a stage. */
public final class CsvOutput implements Closeable {
  private static final CSVFormat FORMAT =
      CSVFormat.DEFAULT.builder().setRecordSeparator("\n").get();

  private static final int BUFFER_CHARACTERS = 1 << 16;

  private final OutputStream out;
  private final StringBuilder rows = new StringBuilder(BUFFER_CHARACTERS);

  private CsvOutput(OutputStream out) {
    this.out = out;
  }

  public static CsvOutput create(Path file, List<String> columns) throws IOException {
    return to(Files.newOutputStream(file), columns);
  }

  /**
   * @param out is closed with it
   */
  public static CsvOutput to(OutputStream out, List<String> columns) {
    CsvOutput output = new CsvOutput(out);
    output.row(columns);
    return output;
  }

  public void row(String... fields) {
    row(Arrays.asList(fields));
  }

  public void row(List<String> fields) {
    try {
      int begin = rows.length();
      if (!appendPlain(fields)) {
        rows.setLength(begin);
        FORMAT.printRecord(rows, fields.toArray());
      }
      if (rows.length() >= BUFFER_CHARACTERS) {
        flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The bytes that the library would write, many times faster; false where only that knows whether
   * a field is quoted.
   */
  private boolean appendPlain(List<String> fields) {
    for (int i = 0; i < fields.size(); i++) {
      if (i > 0) {
        rows.append(',');
      }
      String field = fields.get(i);
      int length = field.length();
      if (holdsSyntax(field)) {
        rows.append('"').append(field.replace("\"", "\"\"")).append('"');
      } else if (length == 0
          ? i > 0
          : isAlphanumeric(field.charAt(0)) && field.charAt(length - 1) > ' ') {
        rows.append(field);
      } else {
        return false;
      }
    }
    rows.append('\n');
    return true;
  }

  private static boolean holdsSyntax(String field) {
    for (int i = 0; i < field.length(); i++) {
      char each = field.charAt(i);
      if (each == ',' || each == '"' || each == '\n' || each == '\r') {
        return true;
      }
    }
    return false;
  }

  private static boolean isAlphanumeric(char each) {
    return (each >= '0' && each <= '9')
        || (each >= 'A' && each <= 'Z')
        || (each >= 'a' && each <= 'z');
  }

  private void flush() throws IOException {
    String text = rows.toString();
    rows.setLength(0);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (!new String(bytes, StandardCharsets.UTF_8).equals(text)) {
      throw new MalformedInputException(1); // half a character
    }
    out.write(bytes);
  }

  @Override
  public void close() throws IOException {
    try (out) {
      flush();
    }
  }
}
