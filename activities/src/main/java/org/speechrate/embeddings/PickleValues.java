package org.speechrate.embeddings;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.Refusal;

/**
 * What a pickle may hold: None, Boolean, Long, java.math.BigInteger, Double, String, byte[], List
 * (a Python list), Map (a dict), and the types here.
 */
public final class PickleValues {
  private static final Charset UTF_32_LE = Charset.forName("UTF-32LE");
  private static final Charset UTF_32_BE = Charset.forName("UTF-32BE");

  private PickleValues() {}

  /** Python's None. */
  public enum None {
    NONE
  }

  /** A Python tuple; its items may be of any of the types. */
  public record PickledTuple(List<Object> items) {}

  /** A dtype, whose byte order is set after it was made. */
  static final class PickledType implements PickleNames.Stateful {
    private NumpyType type;

    PickledType(NumpyType type) {
      this.type = type;
    }

    NumpyType type() {
      return type;
    }

    /** {@code state} is (version, byte order, subarray, names, fields, …). */
    @Override
    public void setState(Object state) {
      List<Object> items = state instanceof PickledTuple tuple ? tuple.items() : List.of();
      if (items.size() < 5) {
        throw damaged("a dtype's state");
      }
      String order = text(items.get(1)).orElse("");
      boolean plain = items.subList(2, 5).stream().allMatch(each -> each == None.NONE);
      type = plain ? type.withOrder(order) : new NumpyType('?', 0, type.order());
    }
  }

  /** An array, which is empty until its state is set. */
  static final class PickledArray implements PickleNames.Stateful {
    private List<Long> shape = List.of(0L);
    private NumpyType type = new NumpyType('?', 0, java.nio.ByteOrder.LITTLE_ENDIAN);
    private byte[] data = {};
    private List<?> objects = List.of();

    List<Long> shape() {
      return shape;
    }

    NumpyType type() {
      return type;
    }

    /** The values of an object array. */
    List<?> objects() {
      return objects;
    }

    /** {@code state} is (version, shape, dtype, whether in Fortran order, data). */
    @Override
    public void setState(Object state) {
      List<Object> items = state instanceof PickledTuple tuple ? tuple.items() : List.of();
      if (items.size() != 5
          || !(items.get(1) instanceof PickledTuple dimensions)
          || !(items.get(2) instanceof PickledType dtype)) {
        throw damaged("an array's state");
      }
      set(dimensions, dtype, items.get(4));
    }

    void set(PickledTuple dimensions, PickledType dtype, Object content) {
      long size = 1;
      for (Object each : dimensions.items()) {
        if (!(each instanceof Long length) || length < 0 || length > Integer.MAX_VALUE) {
          throw damaged("an array's shape");
        }
        size = Math.min(size * length, Integer.MAX_VALUE);
      }
      @SuppressWarnings("unchecked") // each was just seen to be one
      List<Long> lengths = (List<Long>) (List<?>) dimensions.items();
      shape = lengths;
      type = dtype.type();
      boolean fits;
      if (type.isObject()) {
        fits = content instanceof List<?> list && list.size() == size;
        objects = fits ? (List<?>) content : List.of();
      } else {
        fits = content instanceof byte[] bytes && bytes.length == size * type.bytes();
        data = fits ? (byte[]) content : data;
      }
      if (!fits) {
        throw damaged(
            "an array of "
                + type
                + " of shape "
                + NpyHeader.shapeText(shape)
                + ": its data has another size");
      }
    }

    /** Number of values of an array of numbers. */
    int count() {
      return data.length / type.bytes();
    }

    /**
     * Copied out, whichever order: only meant for shapes (d,) and (1, d).
     *
     * @param into taken again where it has the right length
     */
    float[] floats(float[] into) {
      float[] values = into.length == count() ? into : new float[count()];
      type.floats(ByteBuffer.wrap(data), values);
      return values;
    }
  }

  /** A numpy scalar as the plain value that it stands for. */
  static Object scalar(NumpyType type, byte[] data) {
    if (data.length != type.bytes()) {
      throw damaged("a numpy scalar of " + type);
    }
    ByteBuffer buffer = ByteBuffer.wrap(data).order(type.order());
    return switch (type.kind()) {
      case 'U' -> {
        boolean big = type.order() == java.nio.ByteOrder.BIG_ENDIAN;
        String text = new String(data, big ? UTF_32_BE : UTF_32_LE);
        yield withoutNuls(whole(text));
      }
      case 'S' -> withoutNuls(new String(data, StandardCharsets.UTF_8));
      case 'b' -> data[0] != 0;
      case 'i', 'u' -> integer(type, buffer);
      case 'f' -> {
        if (!type.isFloat()) {
          throw damaged("a numpy scalar of " + type);
        }
        yield switch (type.bytes()) {
          case 2 -> (double) NumpyType.half(buffer.getShort());
          case 4 -> (double) buffer.getFloat();
          default -> buffer.getDouble();
        };
      }
      default -> throw damaged("a numpy scalar of " + type);
    };
  }

  /**
   * @throws Refusal if it holds half a character, which no file of ours could
   */
  static String whole(String text) {
    if (text.codePoints().anyMatch(each -> Character.getType(each) == Character.SURROGATE)) {
      throw damaged("half a character in text");
    }
    return text;
  }

  /** Without those at its end; a regular expression would search from each NUL anew. */
  private static String withoutNuls(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == 0) {
      end--;
    }
    return text.substring(0, end);
  }

  private static Object integer(NumpyType type, ByteBuffer buffer) {
    boolean signed = type.kind() == 'i';
    return switch (type.bytes()) {
      case 1 -> signed ? (long) buffer.get() : (long) Byte.toUnsignedInt(buffer.get());
      case 2 -> signed ? (long) buffer.getShort() : (long) Short.toUnsignedInt(buffer.getShort());
      case 4 -> signed ? (long) buffer.getInt() : Integer.toUnsignedLong(buffer.getInt());
      case 8 -> {
        long bits = buffer.getLong();
        yield signed || bits >= 0
            ? (Object) bits
            : new java.math.BigInteger(Long.toUnsignedString(bits));
      }
      default -> throw damaged("a numpy scalar of " + type);
    };
  }

  /** Text, also where Python 2 wrote it as bytes; empty for anything else. */
  static Optional<String> text(Object value) {
    if (value instanceof String text) {
      return Optional.of(text);
    }
    if (value instanceof byte[] bytes) {
      return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    }
    return Optional.empty();
  }

  /** What a value is, in Python's words. */
  public static String describe(Object value) {
    if (value == None.NONE) {
      return "None";
    } else if (value instanceof PickledArray array) {
      return "an array of " + array.type() + " of shape " + NpyHeader.shapeText(array.shape());
    } else if (value instanceof Map) {
      return "a dict";
    } else if (value instanceof List) {
      return "a list";
    } else if (value instanceof PickledTuple) {
      return "a tuple";
    } else if (value instanceof String) {
      return "a str";
    } else if (value instanceof byte[]) {
      return "bytes";
    } else if (value instanceof Long || value instanceof java.math.BigInteger) {
      return "an int";
    } else if (value instanceof Double) {
      return "a float";
    } else if (value instanceof Boolean) {
      return "a bool";
    }
    return "something else";
  }

  public static Refusal damaged(String what) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, "is damaged, or beyond what is read here: " + what);
  }
}
