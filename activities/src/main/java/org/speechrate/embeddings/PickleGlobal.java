package org.speechrate.embeddings;

import static org.speechrate.embeddings.PickleValues.damaged;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.speechrate.embeddings.PickleValues.PickledArray;
import org.speechrate.embeddings.PickleValues.PickledTuple;
import org.speechrate.embeddings.PickleValues.PickledType;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/**
 * The functions and classes that a pickle may name, and what we do instead of calling them. The
 * list is closed: any other name is refused before anything happens.
 */
enum PickleGlobal implements PickleNames.Named {
  ARRAY_TYPE("numpy.ndarray"),
  RECONSTRUCT("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct") {
    @Override
    public Object call(List<Object> arguments) {
      if (arguments.isEmpty() || arguments.get(0) != ARRAY_TYPE) {
        throw damaged("an array that is no numpy.ndarray");
      }
      return new PickledArray();
    }
  },
  FROM_BUFFER("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer") {
    @Override
    public Object call(List<Object> arguments) {
      if (arguments.size() < 3
          || !(arguments.get(1) instanceof PickledType dtype)
          || !(arguments.get(2) instanceof PickledTuple shape)) {
        throw damaged("arguments of " + this);
      }
      PickledArray array = new PickledArray();
      array.set(shape, dtype, arguments.get(0));
      return array;
    }
  },
  DTYPE("numpy.dtype") {
    @Override
    public Object call(List<Object> arguments) {
      String code = arguments.isEmpty() ? "" : PickleValues.text(arguments.get(0)).orElse("");
      return new PickledType(NumpyType.of(code));
    }
  },
  SCALAR("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar") {
    @Override
    public Object call(List<Object> arguments) {
      if (arguments.size() != 2
          || !(arguments.get(0) instanceof PickledType dtype)
          || !(arguments.get(1) instanceof byte[] data)) {
        throw damaged("arguments of " + this);
      }
      return PickleValues.scalar(dtype.type(), data);
    }
  },
  /**
   * How the protocols before 3, which know no bytes, write them: as text of code points 0 to 255.
   */
  ENCODE("_codecs.encode") {
    @Override
    public Object call(List<Object> arguments) {
      if (arguments.size() != 2
          || !(arguments.get(0) instanceof String text)
          || !(arguments.get(1) instanceof String encoding)
          || !encoding.matches("latin-?1")) {
        throw damaged("arguments of " + this);
      }
      return latin1(text);
    }
  },
  BYTES("builtins.bytes", "__builtin__.bytes") {
    @Override
    public Object call(List<Object> arguments) {
      if (!arguments.isEmpty()) {
        throw damaged("arguments of " + this);
      }
      return new byte[0];
    }
  },
  BYTE_ARRAY("builtins.bytearray", "__builtin__.bytearray") {
    @Override
    public Object call(List<Object> arguments) {
      if (arguments.isEmpty()) {
        return new byte[0];
      }
      if (arguments.get(0) instanceof String text && arguments.size() == 2) {
        return latin1(text);
      }
      if (arguments.get(0) instanceof byte[] bytes && arguments.size() == 1) {
        return bytes;
      }
      throw damaged("arguments of " + this);
    }
  };

  /** Plain data and numpy's arrays. */
  static final PickleNames NAMES =
      new PickleNames() {
        @Override
        public Named of(String module, String name) {
          return PickleGlobal.of(module, name);
        }

        @Override
        public String smaller() {
          return "save a plain (n, d) array and use embeddings.source matrix";
        }
      };

  private static final Map<String, PickleGlobal> BY_NAME = new HashMap<>();

  static {
    for (PickleGlobal each : values()) {
      for (String name : each.names) {
        BY_NAME.put(name, each);
      }
    }
  }

  @SuppressWarnings("ImmutableEnumChecker") // List.of cannot change
  private final List<String> names;

  PickleGlobal(String... names) {
    this.names = List.of(names);
  }

  /**
   * @throws Refusal if the name is not on the list
   */
  private static PickleGlobal of(String module, String name) {
    PickleGlobal global = BY_NAME.get(module + "." + name);
    if (global == null) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format(
              "its pickle names %s, which is neither plain data nor a numpy array; nothing of it"
                  + " was executed; save plain dicts, lists, str, int and float32 arrays",
              Problems.value(module + "." + name)));
    }
    return global;
  }

  static byte[] latin1(String text) {
    if (text.chars().anyMatch(each -> each > 0xFF)) {
      throw damaged("bytes written as text");
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return names.get(0);
  }
}
