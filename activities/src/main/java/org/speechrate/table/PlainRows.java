package org.speechrate.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The rows of a CSV file, as long as it is as nearly all are: UTF-8, a row to a line, a quote only
 * around a whole field. It takes the bytes as they stand, which is many times faster than a parser
 * of any CSV; what is not plain it leaves to that one, whose rules hold.
 */
final class PlainRows implements CsvInput.Fields, Closeable {
  /** What comes next. */
  enum Next {
    ROW,
    END,
    NOT_PLAIN
  }

  private static final int BUFFER_BYTES = 1 << 16;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final char REPLACEMENT = 0xFFFD;

  /** Results of {@link #split} beside the row's end. */
  private static final int NEEDS_MORE = -1;

  private static final int NOT_PLAIN = -2;

  private final InputStream in;
  private final byte separator;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int limit;
  private boolean ended;
  private long lines;
  private int size;
  private int[] begins = new int[16];
  private int[] ends = new int[16];
  private boolean[] doubledQuotes = new boolean[16];

  /**
   * @param separator a character of ASCII
   */
  PlainRows(Path file, char separator) throws IOException {
    this.in = Files.newInputStream(file);
    this.separator = (byte) separator;
    try {
      fill();
    } catch (IOException e) {
      in.close();
      throw e;
    }
    if (limit >= BYTE_ORDER_MARK.length
        && Arrays.equals(buffer, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, 3)) {
      at = BYTE_ORDER_MARK.length;
    }
  }

  /** Goes to the next row, if it is plain; the fields of the one before are gone then. */
  Next next() throws IOException {
    while (true) {
      int end = split();
      if (end == NEEDS_MORE) {
        if (at == 0 && limit == buffer.length) {
          return Next.NOT_PLAIN; // so long a row
        }
        fill();
      } else if (end == NOT_PLAIN) {
        return Next.NOT_PLAIN;
      } else if (end == at) {
        return Next.END;
      } else {
        boolean empty = buffer[at] == '\n' || buffer[at] == '\r';
        at = end;
        lines++;
        if (!empty) {
          return Next.ROW;
        }
      }
    }
  }

  private void fill() throws IOException {
    System.arraycopy(buffer, at, buffer, 0, limit - at);
    limit -= at;
    at = 0;
    int read = in.readNBytes(buffer, limit, buffer.length - limit);
    limit += read;
    ended = limit < buffer.length;
  }

  /** Finds the fields of the row that begins here, and where the next one does. */
  private int split() {
    size = 0;
    int all = 0; // below 0 where any byte is not ASCII
    int i = at;
    while (i < limit || (size > 0 && ended)) {
      int begin = i;
      int end;
      boolean doubled = false;
      if (i < limit && buffer[i] == '"') {
        begin++;
        for (i = begin; i < limit && !isQuoteEnd(i); i++) {
          byte each = buffer[i];
          all |= each;
          if (each == '\n' || each == '\r') {
            return NOT_PLAIN;
          }
          if (each == '"') {
            doubled = true;
            i++;
          }
        }
        end = i;
        i++;
        if (i >= limit && !ended) {
          return NEEDS_MORE;
        }
        if (i > limit || (i < limit && !isEnd(buffer[i]))) {
          return NOT_PLAIN;
        }
      } else {
        while (i < limit && !isEnd(buffer[i])) {
          all |= buffer[i++];
        }
        end = i;
      }
      if (i == limit && !ended) {
        return NEEDS_MORE;
      }
      add(begin, end, doubled);
      if (i == limit) {
        return checked(i, all);
      }
      byte last = buffer[i++];
      if (last == '\r') {
        if (i == limit && !ended) {
          return NEEDS_MORE;
        }
        if (i == limit || buffer[i] != '\n') {
          return NOT_PLAIN;
        }
        i++;
      }
      if (last != separator) {
        return checked(i, all);
      }
    }
    return ended ? i : NEEDS_MORE;
  }

  /** Whether the quote here is no half of a doubled one. */
  private boolean isQuoteEnd(int i) {
    return buffer[i] == '"' && (i + 1 == limit || buffer[i + 1] != '"');
  }

  private boolean isEnd(byte each) {
    return each == separator || each == '\n' || each == '\r';
  }

  private void add(int begin, int end, boolean doubled) {
    if (size == begins.length) {
      begins = Arrays.copyOf(begins, 2 * size);
      ends = Arrays.copyOf(ends, 2 * size);
      doubledQuotes = Arrays.copyOf(doubledQuotes, 2 * size);
    }
    begins[size] = begin;
    ends[size] = end;
    doubledQuotes[size] = doubled;
    size++;
  }

  private int checked(int end, int all) {
    boolean plain = all >= 0 || utf8(at, end).indexOf(REPLACEMENT) < 0;
    return plain ? end : NOT_PLAIN;
  }

  private String utf8(int begin, int end) {
    return new String(buffer, begin, end - begin, StandardCharsets.UTF_8);
  }

  /** In which line the row stands, from 1. */
  long line() {
    return lines;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String get(int column) {
    String field = utf8(begins[column], ends[column]);
    return doubledQuotes[column] ? field.replace("\"\"", "\"") : field;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
