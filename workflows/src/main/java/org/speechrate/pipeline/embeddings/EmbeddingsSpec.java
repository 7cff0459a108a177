package org.speechrate.pipeline.embeddings;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * Where the embeddings are.
 *
 * @param path file or folder
 * @param ids for {@code matrix}: CSV with sample_id and, where known, split; row i names row i of
 *     the matrix
 * @param array for {@code npz} with common ids: the name of the array (n, d); where absent {@code
 *     x} or {@code embeddings}
 * @param url for {@code chroma}: of the server, http or https
 * @param collection for {@code chroma}; empty for the Python system's
 * @param tokenFrom for {@code chroma}: the worker's environment variable that holds the token
 * @param encoder for {@code audio}: folder of the encoder, or its name below {@code
 *     models/encoders/}
 */
public record EmbeddingsSpec(
    Source source,
    Optional<String> path,
    Optional<String> ids,
    Optional<String> array,
    Optional<String> url,
    Optional<String> collection,
    Optional<String> tokenFrom,
    Optional<String> encoder) {

  public EmbeddingsSpec {
    // A run that began before an array, or an encoder, could be named.
    array = array == null ? Optional.empty() : array;
    encoder = encoder == null ? Optional.empty() : encoder;
  }

  /** Embeddings in files. */
  public EmbeddingsSpec(Source source, Optional<String> path, Optional<String> ids) {
    this(source, path, ids, Optional.empty());
  }

  /** Embeddings in files, of which one may hold several arrays. */
  public EmbeddingsSpec(
      Source source, Optional<String> path, Optional<String> ids, Optional<String> array) {
    this(
        source,
        path,
        ids,
        array,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Embeddings that are anywhere, but not one of several arrays. */
  public EmbeddingsSpec(
      Source source,
      Optional<String> path,
      Optional<String> ids,
      Optional<String> url,
      Optional<String> collection,
      Optional<String> tokenFrom) {
    this(source, path, ids, Optional.empty(), url, collection, tokenFrom, Optional.empty());
  }

  /**
   * Embeddings that an encoder makes of audio.
   *
   * @param path for a command: what holds the audio; absent in a run, whose corpus does
   */
  public static EmbeddingsSpec ofAudio(Optional<String> path, String encoder) {
    return new EmbeddingsSpec(
        Source.AUDIO,
        path,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(encoder));
  }

  /** The format of an embedding source. */
  public enum Source {
    /**
     * Recognised from the file; {@code chroma} where there is a URL, {@code audio} where there is
     * an encoder.
     */
    @JsonProperty("auto")
    AUTO,
    /** The Python system's {@code numpy_embs.npy}: a pickled dict of lists, one a split. */
    @JsonProperty("numpy-dict")
    NUMPY_DICT,
    /** A plain (n, d) array and a CSV of ids. */
    @JsonProperty("matrix")
    MATRIX,
    /**
     * numpy's {@code .npz}: the arrays {@code x} (or {@code embeddings}), {@code ids} and, where
     * known, {@code split}; several named arrays (n, d) with common {@code ids}; or an array an
     * utterance, named by its sample_id.
     */
    @JsonProperty("npz")
    NPZ,
    /** A tree of {@code <sample_id>.npy}, one an utterance, each of shape (d,) or (1, d). */
    @JsonProperty("npy-directory")
    NPY_DIRECTORY,
    /** Kaldi's float vectors: an ark, binary or text, or an scp that says where each begins. */
    @JsonProperty("kaldi")
    KALDI,
    /** A collection of a ChromaDB server, as the Python system writes it. */
    @JsonProperty("chroma")
    CHROMA,
    /** Made of the corpus' audio by an encoder. */
    @JsonProperty("audio")
    AUDIO
  }
}
