package org.speechrate.embeddings;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/**
 * The header of a {@code .npy} file (numpy's format versions 1 to 3), which tells what the bytes
 * after it are.
 *
 * @param shape () for a single value; [n, d] for a matrix of n rows
 * @param dataOffset number of bytes before the first value
 */
public record NpyHeader(NumpyType type, boolean fortranOrder, List<Long> shape, long dataOffset) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** numpy itself trusts no header above 10,000 bytes. */
  private static final long LONGEST_HEADER = 10_000;

  private static final int ALIGNMENT = 64;

  private static final Pattern DESCR = Pattern.compile("'descr':\\s*'([^']{1,20})'");
  private static final Pattern FORTRAN = Pattern.compile("'fortran_order':\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([0-9L, ]*)\\)");

  public NpyHeader {
    shape = List.copyOf(shape);
  }

  static boolean isNpy(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
    }
  }

  /**
   * @param shown how the user knows the file
   * @throws Refusal if it is no .npy file, or its array is not of floats or Python objects
   */
  static NpyHeader read(Path file, String shown) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, shown);
    }
  }

  /** The same of a stream, which then stands at the first value. */
  static NpyHeader read(InputStream open, String shown) throws IOException {
    DataInputStream in = new DataInputStream(open);
    try {
      byte[] start = new byte[MAGIC.length];
      in.readFully(start);
      if (!Arrays.equals(start, MAGIC)) {
        throw broken(shown, "is not a .npy file of numpy; write it with np.save");
      }
      int version = in.readUnsignedByte();
      in.readUnsignedByte();
      if (version < 1 || version > 3) {
        throw broken(shown, "has .npy version " + version + ", known are 1, 2 and 3");
      }
      long length =
          version == 1
              ? Short.toUnsignedInt(Short.reverseBytes(in.readShort()))
              : Integer.toUnsignedLong(Integer.reverseBytes(in.readInt()));
      if (length > LONGEST_HEADER) {
        throw broken(
            shown, "has a header of " + length + " bytes, at most " + LONGEST_HEADER + " are read");
      }
      byte[] header = new byte[(int) length];
      in.readFully(header);
      return parse(
          new String(header, StandardCharsets.UTF_8),
          MAGIC.length + 2 + (version == 1 ? 2 : 4) + length,
          shown);
    } catch (EOFException e) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT, Problems.oneLine(shown) + ": ends within its .npy header", e);
    }
  }

  private static NpyHeader parse(String header, long dataOffset, String shown) {
    Matcher descr = DESCR.matcher(header);
    Matcher fortran = FORTRAN.matcher(header);
    Matcher shape = SHAPE.matcher(header);
    if (!descr.find() || !fortran.find() || !shape.find()) {
      throw broken(
          shown,
          "must hold one plain array, its .npy header is \""
              + Problems.value(header.strip())
              + "\"");
    }
    List<Long> dimensions = new ArrayList<>();
    for (String each : shape.group(1).replace("L", "").split(",", -1)) {
      if (!each.isBlank()) {
        try {
          dimensions.add(Long.parseLong(each.strip()));
        } catch (NumberFormatException e) {
          throw broken(
              shown,
              "has the shape (" + Problems.value(shape.group(1)) + "), which nothing can have");
        }
      }
    }
    return new NpyHeader(
        NumpyType.of(descr.group(1)), fortran.group(1).equals("True"), dimensions, dataOffset);
  }

  /** Writes the header of a float32 matrix in C order; the data then begins at a multiple of 64. */
  static void writeFloat32(OutputStream out, long rows, int dimension) throws IOException {
    write(out, "<f4", List.of(rows, (long) dimension));
  }

  /**
   * The same for other arrays.
   *
   * @param descr as numpy has it, such as {@code <U5}
   */
  public static void write(OutputStream out, String descr, List<Long> shape) throws IOException {
    String dict =
        String.format(
            Locale.ROOT,
            "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
            descr,
            shapeText(shape));
    int unpadded = MAGIC.length + 4 + dict.length() + 1;
    int padding = (ALIGNMENT - unpadded % ALIGNMENT) % ALIGNMENT;
    byte[] header = (dict + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
    out.write(MAGIC);
    out.write(new byte[] {1, 0, (byte) header.length, (byte) (header.length >>> 8)});
    out.write(header);
  }

  /**
   * The same over the header of a file that was written with another number of rows. It has the
   * same size: the padding has room for the digits of any number.
   */
  static void overwriteFloat32(Path file, long rows, int dimension) throws IOException {
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
      writeFloat32(out, rows, dimension);
    }
  }

  /** As numpy writes it: (), (5,), (5, 2). */
  String shapeText() {
    return shapeText(shape);
  }

  static String shapeText(List<Long> shape) {
    String inner = String.join(", ", shape.stream().map(String::valueOf).toList());
    return "(" + Problems.value(inner) + (shape.size() == 1 ? ",)" : ")");
  }

  private static Refusal broken(String shown, String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(shown + ": " + problem));
  }
}
