package org.speechrate.embeddings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Records to add to a collection: what {@link ChromaPage} is to read. */
final class ChromaBatch {
  /** Of ids and metadata: servers take some 40 MB at once, of which the values may be 15. */
  private static final int MOST_TEXT = 4 << 20;

  private static final JsonFactory JSON = new JsonFactory();

  private final List<String> ids = new ArrayList<>();
  private final List<float[]> vectors = new ArrayList<>();
  private final List<ChromaPage.Metadata> metadatas = new ArrayList<>();
  private final int most;
  private long text;

  /**
   * @param most records
   */
  ChromaBatch(int most) {
    this.most = most;
  }

  void add(String id, float[] vector, ChromaPage.Metadata metadata) {
    ids.add(id);
    vectors.add(vector.clone());
    metadatas.add(metadata);
    text += id.length() + metadata.filePath().length() + metadata.label().length();
  }

  int size() {
    return ids.size();
  }

  boolean isFull() {
    return size() >= most || text >= MOST_TEXT;
  }

  byte[] json() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeArrayFieldStart("ids");
      for (String id : ids) {
        json.writeString(id);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("embeddings");
      for (float[] vector : vectors) {
        json.writeStartArray();
        for (float value : vector) {
          json.writeNumber(value);
        }
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("metadatas");
      for (ChromaPage.Metadata metadata : metadatas) {
        json.writeStartObject();
        json.writeStringField("file_path", metadata.filePath());
        json.writeStringField("split", metadata.split());
        json.writeStringField("label", metadata.label());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
