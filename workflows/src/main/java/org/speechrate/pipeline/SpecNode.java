package org.speechrate.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** One object of a run's JSON, read field by field; each field asked for is thereby a known one. */
final class SpecNode {
  /** A refusal is one line, whatever came. */
  private static final int SHOWN_CHARACTERS = 80;

  /** Control characters, and halves of characters, which no file name and no history can hold. */
  private static final Pattern NO_TEXT = Pattern.compile("[\\p{Cc}\\p{Cs}]");

  /** These, line ends, and marks that turn the text around. */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cs}\\p{Cf}\\p{Zl}\\p{Zp}]");

  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,80}");

  private final String path;
  private final JsonNode node;
  private final Set<String> known = new LinkedHashSet<>();

  SpecNode(String path, JsonNode node) {
    this.path = path;
    this.node = node;
  }

  static Refusal refusal(String message) {
    return new Refusal(Refusal.Kind.INVALID_SPEC, UNPRINTABLE.matcher(message).replaceAll("?"));
  }

  static String shown(JsonNode value) {
    return shown(value.toString(), SHOWN_CHARACTERS);
  }

  static String shown(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }

  boolean isEmpty() {
    return node.isEmpty();
  }

  boolean has(String field) {
    return node.has(field);
  }

  /** An absent object is an empty one. */
  SpecNode object(String field) {
    JsonNode value = take(field).orElse(JsonNodeFactory.instance.objectNode());
    if (!value.isObject()) {
      throw mustBe(field, "an object", value);
    }
    return new SpecNode(name(field), value);
  }

  Optional<String> text(String field) {
    Optional<JsonNode> value = take(field);
    if (value.isPresent()
        && (!value.get().isTextual()
            || value.get().textValue().isBlank()
            || NO_TEXT.matcher(value.get().textValue()).find())) {
      throw mustBe(field, "a text that is not empty and has no control characters", value.get());
    }
    return value.map(JsonNode::textValue);
  }

  boolean bool(String field, boolean absent) {
    Optional<JsonNode> value = take(field);
    if (value.isPresent() && !value.get().isBoolean()) {
      throw mustBe(field, "true or false", value.get());
    }
    return value.map(JsonNode::booleanValue).orElse(absent);
  }

  long wholeNumber(String field, long least, long most, long absent) {
    return take(field).map(value -> wholeNumber(field, least, most, value)).orElse(absent);
  }

  private long wholeNumber(String field, long least, long most, JsonNode value) {
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > most) {
      throw mustBe(field, "a whole number from " + least + " to " + most, value);
    }
    return value.longValue();
  }

  double number(String field, double least, double most, double absent) {
    Optional<JsonNode> value = take(field);
    if (value.isEmpty()) {
      return absent;
    }
    double number = value.get().doubleValue();
    if (!value.get().isNumber() || !(number >= least && number <= most)) {
      String from = least == 0 ? "from 0 to " : "above 0 and at most ";
      String to = most == (long) most ? Long.toString((long) most) : Double.toString(most);
      throw mustBe(field, "a number " + from + to, value.get());
    }
    return number;
  }

  List<Integer> wholeNumbers(
      String field, int fewest, int most, int largest, List<Integer> absent) {
    Optional<JsonNode> value = take(field);
    if (value.isEmpty()) {
      return absent;
    }
    if (!value.get().isArray() || value.get().size() < fewest || value.get().size() > most) {
      throw mustBe(
          field,
          "a list of " + fewest + " to " + most + " whole numbers such as [128]",
          value.get());
    }
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode element : value.get()) {
      numbers.add((int) wholeNumber(field + "[" + numbers.size() + "]", 1, largest, element));
    }
    return numbers;
  }

  /** One of an enum's words, as their {@link JsonProperty} spells them. */
  <E extends Enum<E>> E word(String field, E absent) {
    Optional<JsonNode> value = take(field);
    if (value.isEmpty()) {
      return absent;
    }
    E[] constants = absent.getDeclaringClass().getEnumConstants();
    return Arrays.stream(constants)
        .filter(
            constant -> value.get().isTextual() && wordOf(constant).equals(value.get().textValue()))
        .findFirst()
        .orElseThrow(
            () ->
                mustBe(
                    field,
                    "one of "
                        + String.join(
                            ", ",
                            Arrays.stream(constants).map(c -> "\"" + wordOf(c) + "\"").toList()),
                    value.get()));
  }

  private static String wordOf(Enum<?> constant) {
    try {
      return constant
          .getDeclaringClass()
          .getField(constant.name())
          .getAnnotation(JsonProperty.class)
          .value();
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A value of any type, which the caller checks. */
  Optional<JsonNode> value(String field) {
    return take(field);
  }

  /** The names of all fields, in the input's order. */
  List<String> fields() {
    List<String> fields = new ArrayList<>();
    node.fieldNames().forEachRemaining(fields::add);
    return fields;
  }

  /** Refuses fields that nobody asked for; called when all known ones were read. */
  void refuseOthers() {
    node.fieldNames()
        .forEachRemaining(
            field -> {
              if (!known.contains(field)) {
                throw refusal(
                    shownName(field)
                        + " is not a known field; known here: "
                        + String.join(", ", known));
              }
            });
  }

  private Optional<JsonNode> take(String field) {
    known.add(field);
    return Optional.ofNullable(node.get(field));
  }

  /** A field's name as a user may have written it: one line, and not without end. */
  private String shownName(String field) {
    return PLAIN_NAME.matcher(field).matches() ? name(field) : name(shown(TextNode.valueOf(field)));
  }

  private String name(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  Refusal mustBe(String field, String rule, JsonNode value) {
    return refusal(name(field) + " must be " + rule + ", got " + shown(value));
  }
}
