package org.speechrate.notebook;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * What a run takes, built field by field; a field that is not set has its default. README's table
 * says what each one means; whoever starts the run is told where a value is not allowed.
 *
 * @param <S> the spec itself, so that calls can be chained
 */
public abstract class Spec<S extends Spec<S>> {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final ObjectNode json = JsonNodeFactory.instance.objectNode();

  /** For the specs of this package. */
  Spec() {}

  /**
   * Sets any field.
   *
   * @param field such as {@code training.epochs}
   * @param value number, text, true or false, a list, or an enum's constant
   */
  public S set(String field, Object value) {
    String[] names = field.split("\\.", -1);
    ObjectNode object = json;
    for (int i = 0; i < names.length - 1; i++) {
      object =
          object.get(names[i]) instanceof ObjectNode inner ? inner : object.putObject(names[i]);
    }
    object.set(names[names.length - 1], MAPPER.valueToTree(value));
    return self();
  }

  final S setAll(Map<String, ?> fields) {
    fields.forEach(this::set);
    return self();
  }

  @SuppressWarnings("unchecked") // S is the class that extends this one with itself
  final S self() {
    return (S) this;
  }

  final ObjectNode tree() {
    return json.deepCopy();
  }

  /** The JSON object that the UI and the command line take: what was set, and no more. */
  public String json() {
    return json.toPrettyString();
  }

  /** As {@link #json()}. */
  @Override
  public String toString() {
    return json();
  }
}
