package org.speechrate.deploy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A run's JSON object from {@code --input} and {@code --set}; the run itself checks its fields. */
final class SpecArguments {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // Numbers go on as they were written: 0.1 stays 0.1, 20.0 does not become 20.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final Pattern SOURCE =
      Pattern.compile("\\[Source: [^;]*; line: (\\d+), column: (\\d+)]");

  /** Such as {@code 0..4} and {@code log:1e-4..1e-2}. */
  private static final Pattern RANGE =
      Pattern.compile("(?:(?<scale>log|uniform):)?([-+.0-9eE]+?)\\.\\.([-+.0-9eE]+)");

  /** More would only be refused later. */
  private static final int MOST_VALUES = 1000;

  private SpecArguments() {}

  /**
   * @param input a file's name, "-" for standard input, null for no input
   * @param sets such as {@code training.epochs=20}; they win over the input, later ones over
   *     earlier ones
   * @throws CommandFailure if something is no JSON object, no {@code key=value}, or a key goes
   *     through a value that is no object
   */
  static ObjectNode read(String input, List<String> sets, InputStream standardInput)
      throws CommandFailure {
    ObjectNode spec = input == null ? MAPPER.createObjectNode() : readInput(input, standardInput);
    for (String set : sets) {
      apply(spec, set);
    }
    return spec;
  }

  private static ObjectNode readInput(String input, InputStream standardInput)
      throws CommandFailure {
    String name = input.equals("-") ? "standard input" : input;
    byte[] bytes;
    try {
      bytes = input.equals("-") ? standardInput.readAllBytes() : Files.readAllBytes(Path.of(input));
    } catch (NoSuchFileException e) {
      throw CommandFailure.wrongInput("--input: " + name + " does not exist", e);
    } catch (IOException e) {
      throw CommandFailure.wrongInput("--input: cannot read " + name + ": " + Words.of(e), e);
    }
    try {
      JsonNode json = MAPPER.readTree(bytes);
      if (json instanceof ObjectNode object) {
        return object;
      }
      throw CommandFailure.wrongInput(
          String.format("--input: %s must hold one JSON object, got %s", name, kind(json)));
    } catch (JsonProcessingException e) {
      throw CommandFailure.wrongInput(
          String.format(
              "--input: %s is no JSON: %s (line %d, column %d)",
              name,
              reason(e),
              e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
              e.getLocation() == null ? 0 : e.getLocation().getColumnNr()),
          e);
    } catch (IOException e) {
      throw CommandFailure.wrongInput("--input: cannot read " + name + ": " + Words.of(e), e);
    }
  }

  /** Jackson's words, without those about Jackson. */
  private static String reason(JsonProcessingException e) {
    if (e instanceof MismatchedInputException) {
      return "something follows the object";
    }
    return SOURCE
        .matcher(e.getOriginalMessage().lines().findFirst().orElse(""))
        .replaceAll("line $1, column $2");
  }

  private static void apply(ObjectNode spec, String set) throws CommandFailure {
    int equals = set.indexOf('=');
    if (equals < 1) {
      throw CommandFailure.wrongInput(
          String.format("--set wants key=value, such as training.epochs=20, got \"%s\"", set));
    }
    List<String> keys = List.of(set.substring(0, equals).split("\\.", -1));
    if (keys.contains("")) {
      throw CommandFailure.wrongInput(
          String.format("--set: a key between dots is empty in \"%s\"", set));
    }
    ObjectNode object = spec;
    for (String key : keys.subList(0, keys.size() - 1)) {
      JsonNode inner = object.get(key);
      if (inner == null) {
        inner = object.putObject(key);
      }
      if (!(inner instanceof ObjectNode next)) {
        throw CommandFailure.wrongInput(
            String.format("--set %s: \"%s\" is %s already, not an object", set, key, kind(inner)));
      }
      object = next;
    }
    object.set(keys.get(keys.size() - 1), value(set.substring(equals + 1)));
  }

  /**
   * Sets what a sweep varies: in {@code sweep.<way>}, the values of one field.
   *
   * @param option that the text was given with
   * @param field such as {@code training.seed=0..4}, {@code training.hidden=[64],[128]} or {@code
   *     training.learningRate=log:1e-4..1e-2}
   */
  static void vary(ObjectNode spec, String option, String way, String field) throws CommandFailure {
    int equals = field.indexOf('=');
    if (equals < 1) {
      throw CommandFailure.wrongInput(
          String.format(
              "%s wants key=values, such as training.learningRate=1e-4,1e-3, got \"%s\"",
              option, field));
    }
    JsonNode sweep = spec.path("sweep");
    if (!(sweep.isMissingNode() || sweep.isObject())
        || !(sweep.path(way).isMissingNode() || sweep.path(way).isObject())) {
      throw CommandFailure.wrongInput(
          String.format("%s: sweep.%s of the input is no object already", option, way));
    }
    spec.withObject("/sweep/" + way)
        .set(field.substring(0, equals), values(field.substring(equals + 1)));
  }

  private static JsonNode values(String text) throws CommandFailure {
    Matcher range = RANGE.matcher(text);
    if (range.matches() && range.group("scale") != null) {
      ObjectNode drawn = MAPPER.createObjectNode();
      drawn.putArray(range.group("scale")).add(value(range.group(2))).add(value(range.group(3)));
      return drawn;
    }
    ArrayNode values = MAPPER.createArrayNode();
    if (range.matches()) {
      JsonNode from = value(range.group(2));
      JsonNode to = value(range.group(3));
      if (!from.isInt() || !to.isInt() || to.intValue() - (long) from.intValue() > MOST_VALUES) {
        throw CommandFailure.wrongInput(
            String.format(
                "\"%s\" must be two whole numbers, such as 0..4, at most %d apart",
                text, MOST_VALUES));
      }
      for (int value = from.intValue(); value <= to.intValue(); value++) {
        values.add(value);
      }
      return values;
    }
    JsonNode list = value("[" + text + "]");
    if (list.isArray()) {
      return list;
    }
    for (String each : text.split(",", -1)) {
      values.add(value(each));
    }
    return values;
  }

  /** JSON where it parses, else the text as it stands. */
  private static JsonNode value(String text) {
    try {
      JsonNode json = MAPPER.readTree(text);
      return json.isMissingNode() ? TextNode.valueOf(text) : json;
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }

  private static String kind(JsonNode json) {
    return json.isMissingNode() ? "nothing" : json.toString();
  }
}
