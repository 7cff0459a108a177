package org.speechrate.embeddings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Some records of a collection, column by column as ChromaDB gives them.
 *
 * @param vectors a longer one than the collection's dimension is cut behind the first value too
 *     many; what is no finite number in JSON is NaN; absent ones are empty
 */
record ChromaPage(List<String> ids, List<float[]> vectors, List<Metadata> metadatas) {
  /**
   * What the Python system writes beside an embedding; empty where it is absent.
   *
   * @param label a text, number or boolean
   */
  record Metadata(String filePath, String split, String label) {
    static final Metadata NONE = new Metadata("", "", "");
  }

  /** The answer is no page of a collection; the message says why. */
  static final class Malformed extends IOException {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /**
   * Reads {@code {"ids": [...], "embeddings": [[...]], "metadatas": [{...}]}}.
   *
   * @param most records that were asked for: no more are taken
   * @param dimension of the collection
   */
  static ChromaPage read(JsonParser json, int most, int dimension) throws IOException {
    List<String> ids = new ArrayList<>();
    List<float[]> vectors = new ArrayList<>();
    List<Metadata> metadatas = new ArrayList<>();
    require(json.nextToken() == JsonToken.START_OBJECT, "it is no object");
    float[] values = new float[dimension + 1];
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String column = json.currentName();
      json.nextToken();
      switch (column) {
        case "ids" -> column(json, most, ids, () -> text(json, "an id"));
        case "embeddings" -> column(json, most, vectors, () -> vector(json, values));
        case "metadatas" -> column(json, most, metadatas, () -> metadata(json));
        default -> json.skipChildren();
      }
    }
    require(
        ids.size() == vectors.size() && ids.size() == metadatas.size(),
        String.format(
            "it has %d ids, %d embeddings and %d metadatas",
            ids.size(), vectors.size(), metadatas.size()));
    return new ChromaPage(ids, vectors, metadatas);
  }

  private interface Element<T> {
    T read() throws IOException;
  }

  private static <T> void column(JsonParser json, int most, List<T> into, Element<T> element)
      throws IOException {
    require(json.currentToken() == JsonToken.START_ARRAY, json.currentName() + " is no list");
    while (json.nextToken() != JsonToken.END_ARRAY) {
      require(into.size() < most, "it holds more than the " + most + " records asked for");
      into.add(element.read());
    }
  }

  private static String text(JsonParser json, String what) throws IOException {
    require(json.currentToken() == JsonToken.VALUE_STRING, what + " is no text");
    return json.getText();
  }

  private static float[] vector(JsonParser json, float[] values) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return new float[0];
    }
    require(json.currentToken() == JsonToken.START_ARRAY, "an embedding is no list");
    int length = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      // JSON has no word for NaN and infinity: servers write null.
      require(
          json.currentToken().isNumeric() || json.currentToken() == JsonToken.VALUE_NULL,
          "a value of an embedding is no number");
      if (length < values.length) {
        values[length++] = json.currentToken().isNumeric() ? json.getFloatValue() : Float.NaN;
      }
    }
    return Arrays.copyOf(values, length);
  }

  private static Metadata metadata(JsonParser json) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return Metadata.NONE;
    }
    require(json.currentToken() == JsonToken.START_OBJECT, "a metadata is no object");
    String filePath = "";
    String split = "";
    String label = "";
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      boolean absent = json.nextToken() == JsonToken.VALUE_NULL;
      switch (name) {
        case "file_path" -> filePath = absent ? "" : text(json, "a file_path");
        case "split" -> split = absent ? "" : text(json, "a split");
        case "label" -> {
          require(json.currentToken().isScalarValue(), "a label is neither text nor number");
          label = absent ? "" : json.getText();
        }
        default -> json.skipChildren();
      }
    }
    return new Metadata(filePath, split, label);
  }

  private static void require(boolean rule, String otherwise) throws Malformed {
    if (!rule) {
      throw new Malformed(otherwise);
    }
  }
}
