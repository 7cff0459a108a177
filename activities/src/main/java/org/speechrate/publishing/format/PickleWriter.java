package org.speechrate.publishing.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Python's pickle, protocol 2, of what torch.save needs. Takes null, Boolean, Integer, String, List
 * (a tuple), Map with text as keys (a dict), and the types here; writes one that it meets again,
 * the very same object, by a reference, as Python does.
 */
final class PickleWriter {
  private static final int MARK = '(';

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final IdentityHashMap<Object, Integer> memo = new IdentityHashMap<>();

  /** A class or function by its name. */
  record Global(String module, String name) {}

  /** What a function returns. */
  record Call(Global function, List<Object> arguments) {}

  /** An object of a class, with its attributes. */
  record Instance(Global type, Map<String, Object> state) {}

  /** An empty list. */
  enum EmptyList {
    EMPTY_LIST
  }

  /** What lies outside the pickle. */
  record Outside(List<Object> id) {}

  static byte[] write(Object value) {
    PickleWriter writer = new PickleWriter();
    writer.code(0x80, 2);
    writer.save(value);
    writer.code('.');
    return writer.out.toByteArray();
  }

  private void save(Object value) {
    Integer known = memo.get(value);
    if (known != null) {
      place('h', 'j', known);
    } else if (value == null) {
      code('N');
    } else if (value instanceof Boolean truth) {
      code(truth ? 0x88 : 0x89);
    } else if (value instanceof Integer number) {
      number(number);
    } else if (value instanceof String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      code('X');
      int32(bytes.length);
      out.writeBytes(bytes);
      remember(value);
    } else if (value instanceof List<?> tuple) {
      tuple(tuple);
    } else if (value instanceof Map<?, ?> dict) {
      code('}');
      remember(value);
      items(dict);
    } else if (value instanceof Global global) {
      code('c');
      out.writeBytes(
          (global.module + "\n" + global.name + "\n").getBytes(StandardCharsets.US_ASCII));
      remember(value);
    } else if (value instanceof Call call) {
      save(call.function);
      save(call.arguments);
      code('R');
      remember(value);
    } else if (value instanceof Instance instance) {
      save(instance.type);
      code(')', 0x81);
      remember(value);
      save(instance.state);
      code('b');
    } else if (value == EmptyList.EMPTY_LIST) {
      code(']');
      remember(new Object()); // each is another list
    } else if (value instanceof Outside outside) {
      save(outside.id);
      code('Q');
    } else {
      throw new IllegalArgumentException("no way to write " + value.getClass());
    }
  }

  private void tuple(List<?> tuple) {
    int size = tuple.size();
    if (size == 0) {
      code(')');
      return;
    }
    if (size > 3) {
      code(MARK);
    }
    tuple.forEach(this::save);
    code(size > 3 ? 't' : 0x84 + size);
    remember(tuple);
  }

  private void items(Map<?, ?> dict) {
    if (dict.size() > 1) {
      code(MARK);
    }
    dict.forEach(
        (key, value) -> {
          save(key);
          save(value);
        });
    if (!dict.isEmpty()) {
      code(dict.size() > 1 ? 'u' : 's');
    }
  }

  private void number(int number) {
    if (number >= 0 && number <= 0xFF) {
      code('K', number);
    } else if (number >= 0 && number <= 0xFFFF) {
      code('M', number & 0xFF, number >>> Byte.SIZE);
    } else {
      code('J');
      int32(number);
    }
  }

  private void remember(Object value) {
    int place = memo.size();
    memo.put(value, place);
    place('q', 'r', place);
  }

  private void place(int shortCode, int longCode, int place) {
    if (place <= 0xFF) {
      code(shortCode, place);
    } else {
      code(longCode);
      int32(place);
    }
  }

  private void int32(int value) {
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private void code(int... bytes) {
    for (int each : bytes) {
      out.write(each);
    }
  }
}
