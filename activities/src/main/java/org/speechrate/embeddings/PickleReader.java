package org.speechrate.embeddings;

import static org.speechrate.embeddings.PickleValues.damaged;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.speechrate.embeddings.PickleValues.None;
import org.speechrate.embeddings.PickleValues.PickledTuple;
import org.speechrate.pipeline.Refusal;

/**
 * Reads a Python pickle of protocol 0 to 5 that holds plain data and what is on a list of names,
 * and refuses any other by the name of what it asks for.
 *
 * <p>A pickle is a program for a stack machine, whose GLOBAL and REDUCE instructions name and call
 * any function of Python. Here they know the names of a {@link PickleNames} alone. It is our own
 * reader because the Java library for pickles (net.razorvine) turns a class that it does not know
 * into a dict and goes on, and cannot be told to refuse: a file that should be refused would be
 * read as something else.
 *
 * <p>The machine never recurses. A size is checked against the bytes that are left before it is
 * allocated, and everything made, also what is made twice from the same bytes, is charged to a
 * budget, so no file can exhaust the memory, the stack or the patience of a worker.
 */
public final class PickleReader {
  /** Rough cost of an object and a reference to it on a 64-bit JVM. */
  private static final int OBJECT_BYTES = 48;

  private static final int REFERENCE_BYTES = 16;

  /** Of a character, at most. */
  private static final int TEXT_BYTES = 2;

  private static final int LONGEST_NUMBER = 100;

  /** Most dicts are an utterance's, with three items. */
  private static final int FEW = 4;

  private static final int NEWEST_PROTOCOL = 5;

  private static final Object MARK = new Object();

  private final PickleInput in;
  private final PickleNames names;
  private final long budget;
  private final ArrayList<Object> stack = new ArrayList<>();
  private final ArrayList<Object> memo = new ArrayList<>();
  private long charged;

  /**
   * @param budget bytes of memory that the values may take, about
   */
  public PickleReader(PickleInput in, PickleNames names, long budget) {
    this.in = in;
    this.names = names;
    this.budget = budget;
  }

  /** Leaves the rest of the JVM some room. */
  static long defaultBudget() {
    return Runtime.getRuntime().maxMemory() / 10 * 6;
  }

  /**
   * @throws Refusal if the pickle is damaged, too large, or asks for what is not on the list
   */
  public Object read() throws IOException {
    for (int code = in.u1(); code != '.'; code = in.u1()) {
      step(code);
    }
    return pop();
  }

  private void step(int code) throws IOException {
    switch (code) {
      // What frames the rest
      case 0x80 -> protocol(in.u1());
      case 0x95 -> in.i8();
      // The stack
      case '(' -> push(MARK);
      case '0' -> stack.remove(top());
      case '1' -> popToMark();
      case '2' -> push(peek());
      // Plain values
      case 'N' -> push(None.NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) in.i4());
      case 'K' -> push((long) in.u1());
      case 'M' -> push((long) in.u2());
      case 'G' -> push(in.f8());
      case 0x8a -> push(littleEndian(in.u1()));
      case 0x8b -> push(littleEndian(in.i4()));
      case 'I' -> push(textInteger());
      case 'L' -> push(textInteger());
      case 'F' -> push(textFloat());
      // Text and bytes
      case 'V' -> push(rawUnicode(in.line()));
      case 0x8c -> push(utf8(in.u1()));
      case 'X' -> push(utf8(Integer.toUnsignedLong(in.i4())));
      case 0x8d -> push(utf8(in.i8()));
      case 'S' -> push(quoted(in.line()));
      case 'U', 'C' -> push(bytes(in.u1()));
      case 'T', 'B' -> push(bytes(Integer.toUnsignedLong(in.i4())));
      case 0x8e, 0x96 -> push(bytes(in.i8()));
      // Containers
      case ']' -> push(new ArrayList<Object>());
      case 'l' -> push(popToMark());
      case 'a' -> append(List.of(pop()));
      case 'e' -> append(popToMark());
      case ')' -> push(new PickledTuple(List.of()));
      case 't' -> push(new PickledTuple(popToMark()));
      case 0x85 -> push(tuple(1));
      case 0x86 -> push(tuple(2));
      case 0x87 -> push(tuple(3));
      case '}' -> push(new LinkedHashMap<Object, Object>(FEW));
      case 'd' -> {
        List<Object> items = popToMark();
        push(new LinkedHashMap<Object, Object>());
        put(items);
      }
      case 's' -> put(tuple(2).items());
      case 'u' -> put(popToMark());
      // What was there before
      case 'p' -> remember(textIndex());
      case 'q' -> remember(in.u1());
      case 'r' -> remember(Integer.toUnsignedLong(in.i4()));
      case 0x94 -> remember(memo.size());
      case 'g' -> push(recall(textIndex()));
      case 'h' -> push(recall(in.u1()));
      case 'j' -> push(recall(Integer.toUnsignedLong(in.i4())));
      // Names, calls, state
      case 'c' -> push(names.of(ascii(in.line()), ascii(in.line())));
      case 0x93 -> {
        List<Object> path = tuple(2).items();
        push(names.of(name(path.get(0)), name(path.get(1))));
      }
      case 'R' -> call();
      case 0x81 -> instance();
      case 'Q' -> push(names.persistent(pop()));
      case 'b' -> build();
      case 'i' -> throw damaged("an instance of " + names.of(ascii(in.line()), ascii(in.line())));
      case 'o', 0x92 ->
          throw new Refusal(
              Refusal.Kind.BAD_FORMAT,
              "its pickle makes an object of a class, which is not plain data");
      default ->
          throw damaged(
              String.format(
                  Locale.ROOT, "pickle instruction 0x%02x (%d bytes left)", code, in.left()));
    }
  }

  private static void protocol(int protocol) {
    if (protocol > NEWEST_PROTOCOL) {
      throw damaged("pickle protocol " + protocol + ", known are 0 to 5");
    }
  }

  // ---- stack

  private void charge(long bytes) {
    charged += bytes;
    if (charged > budget) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format(
              Locale.ROOT,
              "needs more than the %,d MiB of memory that this worker has for it; give the worker"
                  + " more (-Xmx), or %s",
              budget >> 20,
              names.smaller()));
    }
  }

  private void push(Object value) {
    charge(OBJECT_BYTES);
    stack.add(value);
  }

  private int top() {
    if (stack.isEmpty()) {
      throw damaged("the pickle's stack is empty");
    }
    return stack.size() - 1;
  }

  private Object peek() {
    Object value = stack.get(top());
    if (value == MARK) {
      throw damaged("a mark where the pickle needs a value");
    }
    return value;
  }

  private Object pop() {
    Object value = peek();
    stack.remove(top());
    return value;
  }

  private List<Object> popToMark() {
    int mark = stack.size() - 1;
    while (mark >= 0 && stack.get(mark) != MARK) {
      mark--;
    }
    if (mark < 0) {
      throw damaged("the pickle's stack has no mark");
    }
    List<Object> above = stack.subList(mark + 1, stack.size());
    charge((long) REFERENCE_BYTES * above.size());
    List<Object> items = new ArrayList<>(above);
    stack.subList(mark, stack.size()).clear();
    return items;
  }

  private PickledTuple tuple(int size) {
    Object[] items = new Object[size];
    for (int i = size - 1; i >= 0; i--) {
      items[i] = pop();
    }
    return new PickledTuple(List.of(items));
  }

  // ---- memo

  private void remember(long index) {
    // Every writer counts on from 0, or from 1; a larger step would make us allocate for nothing.
    if (index < 0 || index > memo.size() + 1L) {
      throw damaged("memo entry " + index + " after " + memo.size());
    }
    charge(REFERENCE_BYTES);
    Object value = peek();
    while (memo.size() <= index) {
      memo.add(null);
    }
    memo.set((int) index, value);
  }

  private Object recall(long index) {
    Object value = index >= 0 && index < memo.size() ? memo.get((int) index) : null;
    if (value == null) {
      throw damaged("memo entry " + index + " was never written");
    }
    return value;
  }

  // ---- containers

  @SuppressWarnings("unchecked") // every list on the stack is one that we made of objects
  private void append(List<Object> items) {
    if (!(peek() instanceof List)) {
      throw damaged("an append to " + PickleValues.describe(peek()));
    }
    charge((long) REFERENCE_BYTES * items.size());
    ((List<Object>) peek()).addAll(items);
  }

  @SuppressWarnings("unchecked") // every map on the stack is one that we made of objects
  private void put(List<Object> keysAndValues) {
    if (!(peek() instanceof Map) || keysAndValues.size() % 2 != 0) {
      throw damaged("an item set on " + PickleValues.describe(peek()));
    }
    charge((long) OBJECT_BYTES * keysAndValues.size());
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      Object key = keysAndValues.get(i);
      if (key instanceof byte[]) {
        key = name(key);
      }
      if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
        throw damaged("a dict's key that is " + PickleValues.describe(key));
      }
      ((Map<Object, Object>) peek()).put(key, keysAndValues.get(i + 1));
    }
  }

  // ---- calls

  private void call() {
    Object arguments = pop();
    Object function = pop();
    if (!(function instanceof PickleNames.Named named)
        || !(arguments instanceof PickledTuple tuple)) {
      throw damaged("a call of what is no function");
    }
    for (Object each : tuple.items()) {
      // A few bytes of pickle can have the same long text converted again and again.
      charge(each instanceof String text ? text.length() : 0);
      charge(
          function == PickleGlobal.SCALAR && each instanceof byte[] bytes
              ? (long) TEXT_BYTES * bytes.length
              : 0);
    }
    push(named.call(tuple.items()));
  }

  private void instance() {
    pop(); // the arguments, of which no class on a list takes any
    if (!(pop() instanceof PickleNames.Named named)) {
      throw damaged("an object of what is no class");
    }
    push(named.instance());
  }

  private void build() {
    Object state = pop();
    Object target = peek();
    if (!(target instanceof PickleNames.Stateful stateful)) {
      throw damaged("a state set on " + PickleValues.describe(target));
    }
    stateful.setState(state);
  }

  // ---- values

  private byte[] bytes(long count) throws IOException {
    charge(Math.min(Math.max(count, 0), in.left()));
    return in.bytes(count);
  }

  private String utf8(long count) throws IOException {
    byte[] bytes = bytes(count);
    charge((long) TEXT_BYTES * bytes.length);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private Object littleEndian(int count) throws IOException {
    if (count < 0 || count > LONGEST_NUMBER) {
      throw damaged("a number of " + count + " bytes");
    }
    byte[] bytes = in.bytes(count);
    for (int i = 0, j = count - 1; i < j; i++, j--) {
      byte swap = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = swap;
    }
    return count == 0 ? 0L : narrow(new BigInteger(bytes));
  }

  private static Object narrow(BigInteger value) {
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private Object textInteger() throws IOException {
    String text = ascii(in.line());
    if (text.equals("00") || text.equals("01")) {
      return text.equals("01");
    }
    String digits = text.endsWith("L") ? text.substring(0, text.length() - 1) : text;
    if (digits.length() > LONGEST_NUMBER || !digits.matches("[+-]?[0-9]+")) {
      throw damaged("a number");
    }
    return narrow(new BigInteger(digits));
  }

  private long textIndex() throws IOException {
    if (textInteger() instanceof Long index) {
      return index;
    }
    // "00" and "01" are booleans elsewhere, and no writer puts them here.
    throw damaged("a memo entry's number");
  }

  private Object textFloat() throws IOException {
    String text = ascii(in.line());
    return switch (text) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        var value = org.speechrate.table.Decimals.parse(text);
        if (value.isEmpty()) {
          throw damaged("a number");
        }
        yield value.getAsDouble();
      }
    };
  }

  /** Protocol 0's text: latin-1 with backslash-u escapes of 4 or 8 hex digits. */
  private String rawUnicode(byte[] line) {
    charge((1L + TEXT_BYTES) * line.length);
    StringBuilder text = new StringBuilder(line.length);
    for (int i = 0; i < line.length; i++) {
      int digits = 0;
      if (line[i] == '\\' && i + 1 < line.length) {
        digits = line[i + 1] == 'u' ? 4 : line[i + 1] == 'U' ? 8 : 0;
      }
      if (digits == 0) {
        text.append((char) (line[i] & 0xFF));
        continue;
      }
      int point = hex(line, i + 2, digits);
      if (!Character.isValidCodePoint(point)) {
        throw damaged("text");
      }
      text.appendCodePoint(point);
      i += 1 + digits;
    }
    return PickleValues.whole(text.toString());
  }

  /** Python 2's str: in quotes, with the escapes of its repr. */
  private byte[] quoted(byte[] line) {
    charge(line.length);
    int last = line.length - 1;
    if (last < 1 || line[0] != line[last] || (line[0] != '\'' && line[0] != '"')) {
      throw damaged("text without quotes");
    }
    byte[] bytes = new byte[line.length];
    int count = 0;
    for (int i = 1; i < last; i++) {
      int next = line[i];
      if (next == '\\' && i + 1 < last) {
        i++;
        switch (line[i]) {
          case 'n' -> next = '\n';
          case 'r' -> next = '\r';
          case 't' -> next = '\t';
          case '\\', '\'', '"' -> next = line[i];
          case 'x' -> {
            next = hex(line, i + 1, 2);
            i += 2;
          }
          default -> throw damaged("an escape in text");
        }
      }
      bytes[count++] = (byte) next;
    }
    return java.util.Arrays.copyOf(bytes, count);
  }

  private static int hex(byte[] line, int from, int digits) {
    if (from + digits > line.length) {
      throw damaged("an escape in text");
    }
    int value = 0;
    for (int i = from; i < from + digits; i++) {
      int digit = Character.digit(line[i], 16);
      if (digit < 0) {
        throw damaged("an escape in text");
      }
      value = (value << 4) | digit;
    }
    return value;
  }

  private static String ascii(byte[] line) {
    return new String(line, StandardCharsets.ISO_8859_1);
  }

  private String name(Object value) {
    charge(value instanceof byte[] bytes ? (long) TEXT_BYTES * bytes.length : 0);
    return PickleValues.text(value).orElseThrow(() -> damaged("a name that is no text"));
  }
}
