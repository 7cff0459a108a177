package org.speechrate.embeddings;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A numpy dtype, as far as we read them.
 *
 * @param kind f, i, u, b, U, S, O as numpy has it, or anything else, which nothing here decodes
 * @param bytes size of one value; for U four times the number of characters
 */
public record NumpyType(char kind, int bytes, ByteOrder order) {

  /**
   * @param descr such as {@code <f4}, {@code >f8}, {@code |O}, {@code f4} (little-endian)
   */
  static NumpyType of(String descr) {
    char first = descr.isEmpty() ? '?' : descr.charAt(0);
    boolean prefixed = first == '<' || first == '>' || first == '|' || first == '=';
    String code = prefixed ? descr.substring(1) : descr;
    ByteOrder order = first == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    if (!code.matches("[a-zA-Z][0-9]{0,6}")) {
      return new NumpyType('?', 0, order);
    }
    int count = code.length() == 1 ? 0 : Integer.parseInt(code.substring(1));
    return new NumpyType(code.charAt(0), code.charAt(0) == 'U' ? 4 * count : count, order);
  }

  NumpyType withOrder(String mark) {
    return switch (mark) {
      case ">" -> new NumpyType(kind, bytes, ByteOrder.BIG_ENDIAN);
      case "<", "=", "|" -> new NumpyType(kind, bytes, ByteOrder.LITTLE_ENDIAN);
      default -> new NumpyType('?', 0, order);
    };
  }

  boolean isObject() {
    return kind == 'O';
  }

  /** float16, float32 or float64. */
  boolean isFloat() {
    return kind == 'f' && (bytes == 2 || bytes == 4 || bytes == 8);
  }

  /** Decodes the next values; what float32 cannot hold becomes infinite. */
  public void floats(ByteBuffer data, float[] into) {
    data.order(order);
    if (bytes == Float.BYTES) {
      data.asFloatBuffer().get(into);
      data.position(data.position() + Float.BYTES * into.length);
      return;
    }
    for (int i = 0; i < into.length; i++) {
      into[i] = bytes == 2 ? half(data.getShort()) : (float) data.getDouble();
    }
  }

  /** IEEE 754 binary16: 1 bit sign, 5 bits exponent (bias 15), 10 bits fraction. */
  static float half(short bits) {
    int exponent = (bits >>> 10) & 0x1F;
    int fraction = bits & 0x3FF;
    float magnitude;
    if (exponent == 0x1F) {
      magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb((float) fraction, -24);
    } else {
      magnitude = Math.scalb((float) (fraction | 0x400), exponent - 25);
    }
    return bits < 0 ? -magnitude : magnitude;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case 'f' -> "float" + 8 * bytes;
      case 'i' -> "int" + 8 * bytes;
      case 'u' -> "uint" + 8 * bytes;
      case 'c' -> "complex" + 8 * bytes;
      case 'b' -> "bool";
      case 'O' -> "object";
      case 'U', 'S' -> "string";
      default -> "an unknown type";
    };
  }
}
