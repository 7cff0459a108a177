package org.speechrate.table;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;

/** A CSV file that someone else may have written: strict, and refused by file, row and column. */
public final class CsvInput implements Closeable {
  private static final int BYTE_ORDER_MARK = 0xFEFF;

  private static final String NOT_UTF_8 = ": is not UTF-8; save it as a CSV file in UTF-8";

  /** No row of a table has more characters; a file of other content must not fill the memory. */
  private static final int LONGEST_ROW = 1 << 20;

  private static final Pattern OTHER_SEPARATOR = Pattern.compile("[;\t]");

  private static final Pattern PARSER_LINE = Pattern.compile("line:? (\\d+)");

  private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");

  private final Path file;
  private final String shown;
  private final char separator;
  private final PlainRows plain;

  /** Of the file from its beginning on, once a row is not plain. */
  private Optional<Parsed> parsed = Optional.empty();

  /** Rows that were taken, the header too. */
  private long taken;

  private final List<String> columns;
  private final Map<String, Integer> index = new HashMap<>();

  /** A row's, as they stand there. */
  interface Fields {
    int size();

    String get(int column);
  }

  private CsvInput(Path file, String shown, char separator) throws IOException {
    this.file = file;
    this.shown = Problems.oneLine(shown);
    this.separator = separator;
    this.plain = new PlainRows(file, separator);
    try {
      this.columns = readHeader();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * @param shown how the user knows the file, for refusals
   * @throws Refusal if it has no header, names a column twice, or is not UTF-8
   */
  public static CsvInput open(Path file, String shown) throws IOException {
    return open(file, shown, ',');
  }

  /**
   * @param separator between fields, a character of ASCII; they are quoted as in CSV whatever it is
   */
  public static CsvInput open(Path file, String shown, char separator) throws IOException {
    return new CsvInput(file, shown, separator);
  }

  private List<String> readHeader() throws IOException {
    Row header = next();
    if (header == null) {
      throw new Refusal(Refusal.Kind.BAD_FORMAT, shown + ": is empty, it has no header line");
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < header.fields.size(); i++) {
      String column = header.fields.get(i).strip();
      // A data frame's index column has no name, and nobody asks for it.
      if (!column.isEmpty() && index.putIfAbsent(column, names.size()) != null) {
        throw new Refusal(
            Refusal.Kind.BAD_FORMAT,
            Problems.oneLine(
                String.format(
                    "%s: column \"%s\" is there twice in its header; rename or remove one",
                    shown, Problems.value(column))));
      }
      names.add(column);
    }
    return List.copyOf(names);
  }

  /** In the file's order, names trimmed. */
  public List<String> columns() {
    return columns;
  }

  public boolean has(String column) {
    return index.containsKey(column);
  }

  /**
   * @throws Refusal if the column is absent; it lists those that are there
   */
  public void require(String column) {
    if (!has(column)) {
      throw new Refusal(
          Refusal.Kind.MISSING_COLUMN,
          Problems.oneLine(
              String.format(
                  "%s: column \"%s\" is missing, there are: %s%s",
                  shown,
                  column,
                  Problems.firstTen(columns),
                  columns.size() == 1 && OTHER_SEPARATOR.matcher(columns.get(0)).find()
                      ? "; separate the columns by commas"
                      : "")));
    }
  }

  /**
   * Hands over row by row, each until the consumer returns.
   *
   * @throws Refusal if a row has another number of fields than the header, or cannot be parsed
   */
  public void forEach(Consumer<Row> consumer) throws IOException {
    for (Row each = next(); each != null; each = next()) {
      if (each.fields.size() != columns.size()) {
        throw new Refusal(
            Refusal.Kind.BAD_FORMAT,
            String.format(
                Locale.ROOT,
                "%s line %d: has %s, the header has %d%s",
                shown,
                each.line(),
                Counts.of(each.fields.size(), "field"),
                columns.size(),
                each.fields.size() > columns.size()
                    ? "; put a field with a comma into quotes"
                    : ""));
      }
      consumer.accept(each);
    }
  }

  /** Null at the end. */
  private Row next() throws IOException {
    if (parsed.isEmpty()) {
      switch (plain.next()) {
        case ROW -> {
          return new Row(taken++, plain.line(), plain);
        }
        case END -> {
          return null;
        }
        case NOT_PLAIN -> {
          // From its beginning: the parser counts lines for its own messages too.
          parsed = Optional.of(parse());
          for (long i = 0; i < taken; i++) {
            parsed.get().next();
          }
        }
      }
    }
    CSVRecord record = parsed.get().next();
    return record == null ? null : new Row(taken++, parsed.get().line(record), fields(record));
  }

  private static Fields fields(CSVRecord record) {
    return new Fields() {
      @Override
      public int size() {
        return record.size();
      }

      @Override
      public String get(int column) {
        return record.get(column);
      }
    };
  }

  private Parsed parse() throws IOException {
    // A decoder that reports what is not UTF-8, which Files.newBufferedReader's does too, but here
    // beside the byte order mark that Excel writes.
    RowReader reader =
        new RowReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()));
    try {
      reader.mark(1);
      if (reader.read() != BYTE_ORDER_MARK) {
        reader.reset();
      }
      return new Parsed(
          shown, reader, CSVFormat.DEFAULT.builder().setDelimiter(separator).get().parse(reader));
    } catch (CharacterCodingException e) {
      reader.close();
      throw new Refusal(Refusal.Kind.BAD_FORMAT, shown + NOT_UTF_8, e);
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    plain.close();
    if (parsed.isPresent()) {
      parsed.get().close();
    }
  }

  /** Any CSV, by the library. */
  private static final class Parsed implements Closeable {
    private final String shown;
    private final RowReader reader;
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;

    Parsed(String shown, RowReader reader, CSVParser parser) {
      this.shown = shown;
      this.reader = reader;
      this.parser = parser;
      this.records = parser.iterator();
    }

    /** Null at the end. */
    CSVRecord next() {
      reader.beginRow();
      try {
        return records.hasNext() ? records.next() : null;
      } catch (UncheckedIOException e) {
        String line = shown + " near line " + (parser.getCurrentLineNumber() + 1);
        if (e.getCause() instanceof CharacterCodingException) {
          throw new Refusal(Refusal.Kind.BAD_FORMAT, line + NOT_UTF_8, e);
        }
        if (e.getCause() instanceof RowTooLongException) {
          throw new Refusal(
              Refusal.Kind.BAD_FORMAT,
              String.format(
                  Locale.ROOT,
                  "%s: a row has more than %,d characters; is a quote not closed, or is it no CSV?",
                  line,
                  LONGEST_ROW),
              e);
        }
        if (e.getCause() instanceof CSVException) {
          throw new Refusal(
              Refusal.Kind.BAD_FORMAT,
              Problems.oneLine(notCsv(e.getCause().getMessage(), line)),
              e);
        }
        throw e;
      }
    }

    /** The parser's words in a user's. */
    private String notCsv(String message, String nearby) {
      Matcher line = PARSER_LINE.matcher(message);
      String where = line.find() ? shown + " line " + line.group(1) : nearby;
      if (message.contains("EOF reached")) {
        return where + ": has a quote that is never closed; close it";
      }
      return message.contains("encapsulated token")
          ? where + ": has text behind a closing quote; write a quote inside quotes twice"
          : where + ": is not CSV: " + message;
    }

    /** In which line the record that was just read begins. */
    long line(CSVRecord record) {
      // A quoted field may hold line ends, and the parser knows only where a row ends.
      long lineEnds = 0;
      for (String field : record) {
        if (field.indexOf('\n') >= 0 || field.indexOf('\r') >= 0) {
          lineEnds += LINE_END.matcher(field).results().count();
        }
      }
      return parser.getCurrentLineNumber() - lineEnds;
    }

    @Override
    public void close() throws IOException {
      parser.close();
    }
  }

  private static final class RowTooLongException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Counts what the parser takes in for one row; it reads ahead by a block at most. */
  private static final class RowReader extends BufferedReader {
    private long inRow;

    RowReader(Reader in) {
      super(in);
    }

    void beginRow() {
      inRow = 0;
    }

    @Override
    public int read() throws IOException {
      count(1);
      return super.read();
    }

    @Override
    public int read(char[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      count(read);
      return read;
    }

    private void count(int read) throws IOException {
      inRow += Math.max(0, read);
      if (inRow > LONGEST_ROW) {
        throw new RowTooLongException();
      }
    }
  }

  /** One row of the table. */
  public final class Row {
    private final long number;
    private final long line;
    private final Fields fields;

    private Row(long number, long line, Fields fields) {
      this.number = number;
      this.line = line;
      this.fields = fields;
    }

    /** 1 for the first row below the header. */
    public long number() {
      return number;
    }

    /** Where it begins in the file, as an editor shows it: the header is line 1. */
    public long line() {
      return line;
    }

    /** Stripped; empty where the table has no such column. */
    public String get(String column) {
      Integer at = index.get(column);
      return at == null ? "" : fields.get(at).strip();
    }

    /** Exactly as it stands there. */
    public String verbatim(int column) {
      return fields.get(column);
    }
  }
}
