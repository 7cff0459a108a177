package org.speechrate.notebook;

import org.speechrate.pipeline.embeddings.EmbeddingsSpec;

/**
 * Where embeddings come from.
 *
 * @param <S> the spec itself
 */
public interface EmbeddingsFields<S> {
  /** Sets any field, as {@link Spec#set}. */
  S set(String field, Object value);

  default S embeddingsSource(EmbeddingsSpec.Source source) {
    return set("embeddings.source", source);
  }

  /** File, or a folder that holds it. */
  default S embeddingsPath(String path) {
    return set("embeddings.path", path);
  }

  /** For a matrix: CSV with {@code sample_id}, row i naming row i. */
  default S embeddingsIds(String file) {
    return set("embeddings.ids", file);
  }

  /** For npz: the array (n, d) to take, such as a layer. */
  default S embeddingsArray(String name) {
    return set("embeddings.array", name);
  }

  /** For ChromaDB: the server, such as {@code http://127.0.0.1:8000}. */
  default S embeddingsUrl(String url) {
    return set("embeddings.url", url);
  }

  /** For ChromaDB. */
  default S embeddingsCollection(String name) {
    return set("embeddings.collection", name);
  }

  /** For ChromaDB: the worker's environment variable that holds the token. */
  default S embeddingsTokenFrom(String variable) {
    return set("embeddings.tokenFrom", variable);
  }

  /** To make them of the corpus' audio: an encoder's folder, or its name; not for a prediction. */
  default S embeddingsEncoder(String encoder) {
    return set("embeddings.encoder", encoder);
  }
}
