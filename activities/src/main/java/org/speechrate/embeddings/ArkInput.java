package org.speechrate.embeddings;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/**
 * A Kaldi archive, read from its begin to its end or from given offsets. A vector is binary ({@code
 * \0B}, {@code FV } or {@code DV }, the byte 4, the number of values as int32, the values; all
 * little-endian) or text ({@code [ 1.0 2.0 ]}).
 */
final class ArkInput implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  /** No id of an utterance and no number is longer. */
  static final int LONGEST_WORD = 1024;

  private static final Pattern NUMBER =
      Pattern.compile("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]{1,5})?");
  private static final String CURE =
      "; give one vector for each utterance, such as the mean of its frames";

  private final FileChannel channel;
  private final String shown;
  private InputStream in;
  private long position;

  /** How the last vector is stored. */
  private String stored = "";

  /** What ended the last word. */
  private int lastBlank;

  /**
   * @param shown how the user knows the file
   */
  ArkInput(Path file, String shown) throws IOException {
    this.channel = FileChannel.open(file);
    this.shown = shown;
    this.in = buffered();
  }

  private InputStream buffered() {
    return new BufferedInputStream(Channels.newInputStream(channel), BUFFER_BYTES);
  }

  /** The id before the next vector; empty at the end of the file. */
  String key() throws IOException {
    int next = read();
    while (isSpace(next)) {
      next = read();
    }
    if (next < 0) {
      return "";
    }
    String key = word(next);
    if (key.indexOf('\0') >= 0) {
      throw refusal("is no Kaldi archive of vectors: a name holds a NUL byte");
    }
    return key;
  }

  /**
   * The vector that begins at an offset, as an scp file says it.
   *
   * @param key for messages
   */
  float[] vectorAt(long offset, String key) throws IOException {
    long size = channel.size();
    if (offset > size) {
      throw refusal(
          String.format(
              Locale.ROOT,
              "offset %d of %s is after its end, at %d; make the scp again with its ark",
              offset,
              Problems.value(key),
              size));
    }
    if (offset < position || offset > position + BUFFER_BYTES) {
      channel.position(offset);
      in = buffered();
    } else {
      in.skipNBytes(offset - position);
    }
    position = offset;
    return vector(key);
  }

  /**
   * The vector after its key and one blank.
   *
   * @throws Refusal if there is none, but a matrix, or it is cut off
   */
  float[] vector(String key) throws IOException {
    in.mark(2);
    if (in.read() == 0 && in.read() == 'B') {
      position += 2;
      return binary(key);
    }
    in.reset();
    return text(key);
  }

  /** How the last vector is stored: float32, float64 or text. */
  String stored() {
    return stored;
  }

  private float[] binary(String key) throws IOException {
    byte[] type = bytes(key, 3);
    String name = new String(type, StandardCharsets.ISO_8859_1);
    if (!name.equals("FV ") && !name.equals("DV ")) {
      boolean matrix = name.matches("[FDC]M[ 23]");
      throw refusal(
          Problems.value(key)
              + (matrix ? " is a matrix" : " is no float vector (FV, DV), but ")
              + (matrix ? "" : "\"" + Problems.value(name) + "\"")
              + CURE);
    }
    ByteBuffer head = ByteBuffer.wrap(bytes(key, 5)).order(ByteOrder.LITTLE_ENDIAN);
    byte intBytes = head.get();
    int count = head.getInt();
    if (intBytes != 4 || count < 0) {
      throw refusal(Problems.value(key) + " has no valid number of values; write the ark again");
    }
    NumpyType values = new NumpyType('f', name.equals("FV ") ? 4 : 8, ByteOrder.LITTLE_ENDIAN);
    int dimension = NpyVector.values(count, shown + ": " + Problems.value(key));
    stored = values.toString();
    byte[] encoded = bytes(key, dimension * values.bytes());
    float[] vector = new float[dimension];
    values.floats(ByteBuffer.wrap(encoded), vector);
    return vector;
  }

  private byte[] bytes(String key, int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    position += bytes.length;
    if (bytes.length < count) {
      throw cutOff(key);
    }
    return bytes;
  }

  private float[] text(String key) throws IOException {
    int next = read();
    while (next == ' ' || next == '\t') {
      next = read();
    }
    if (next != '[') {
      throw refusal(
          Problems.value(key)
              + " is followed by neither a binary vector nor [; give the .ark of copy-vector");
    }
    stored = "text";
    float[] values = new float[64];
    int count = 0;
    next = read();
    while (next != ']') {
      if (next < 0) {
        throw cutOff(key);
      }
      if (next == '\n') {
        throw refusal(Problems.value(key) + " is a matrix" + CURE);
      }
      if (isSpace(next)) {
        next = read();
        continue;
      }
      NpyVector.values(count + 1L, shown + ": " + Problems.value(key));
      values = count == values.length ? Arrays.copyOf(values, 2 * count) : values;
      String number = word(next);
      boolean closed = number.endsWith("]");
      values[count++] = number(key, closed ? number.substring(0, number.length() - 1) : number);
      next = closed ? ']' : lastBlank;
    }
    return Arrays.copyOf(values, count);
  }

  private String word(int first) throws IOException {
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    int next = first;
    while (next >= 0 && !isSpace(next)) {
      word.write(next);
      if (word.size() > LONGEST_WORD) {
        throw refusal(
            "is no Kaldi archive of vectors: a name or number has more than "
                + LONGEST_WORD
                + " bytes");
      }
      next = read();
    }
    lastBlank = next;
    return word.toString(StandardCharsets.UTF_8);
  }

  private float number(String key, String text) {
    String plain = text.toLowerCase(Locale.ROOT).replaceFirst("^[-+]", "");
    if (plain.equals("nan")) {
      return Float.NaN;
    }
    if (plain.equals("inf") || plain.equals("infinity")) {
      return text.startsWith("-") ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
    }
    if (!NUMBER.matcher(text).matches()) {
      throw refusal(
          String.format(
              "%s holds \"%s\", which is no number", Problems.value(key), Problems.value(text)));
    }
    return (float) Double.parseDouble(text);
  }

  private int read() throws IOException {
    int next = in.read();
    position += next < 0 ? 0 : 1;
    return next;
  }

  private static boolean isSpace(int next) {
    return next == ' ' || next == '\n' || next == '\t' || next == '\r';
  }

  private Refusal cutOff(String key) {
    return refusal("is cut off within " + Problems.value(key) + "; copy the file again");
  }

  private Refusal refusal(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(shown + ": " + problem));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
