/**
 * Loads embeddings into one matrix. Reads
 *
 * <ul>
 *   <li>{@code numpy-dict}: the Python system's {@code numpy_embs.npy}, an object array of shape ()
 *       or (1,) around a dict {@code {"train": [{"file_path": str, "embedding": array, "label":
 *       speaker}], "dev": …, "test": …}}; parsed, never executed;
 *   <li>{@code matrix}: a plain (n, d) float array, and a CSV with the column {@code sample_id}
 *       and, where known, {@code split} and {@code label}, whose row i names row i of the matrix;
 *   <li>{@code npz}: numpy's zip of arrays: {@code x} or {@code embeddings} (n, d), {@code ids}
 *       (n,) and, where known, {@code split} (n,), both of str or bytes; instead of {@code x} any
 *       array (n, d) that the run names; or an array (d,) or (1, d) an utterance, named by its
 *       sample_id;
 *   <li>{@code npy-directory}: a tree of {@code <sample_id>.npy}, each of shape (d,) or (1, d);
 *   <li>{@code kaldi}: float vectors of an ark, binary or text, or of an scp with the lines {@code
 *       <id> <archive>:<offset>}, the archive relative to the scp's folder or to the workspace;
 *   <li>{@code chroma}: the Python system's collection of a ChromaDB server: ids {@code
 *       <split>_<i>}, metadata {@code {file_path, label, split}}; all of it is read each run, and
 *       its rows are ordered by sample_id;
 *   <li>{@code audio}: the corpus' audio, of which an encoder makes them.
 * </ul>
 *
 * <p>Writes {@code x.npy} (float32, little-endian, C order, shape (n, d)), the only copy of the
 * vectors, and {@code ids.csv}, whose row i describes row i of it:
 *
 * <pre>
 * sample_id  string   the audio file's name without ending; unique
 * split      train, dev, test, or empty where the source does not tell
 * label      string   what the source calls the speaker, or empty
 *
 * sample_id,split,label
 * 84-1-0000,dev,84
 * </pre>
 *
 * <p>Of audio also {@code missing.csv}, the utterances that have no embedding:
 *
 * <pre>
 * sample_id  string
 * split      train, dev or test
 * reason     string   continues the id; begins with "is damaged: " where the file cannot be decoded
 *
 * sample_id,split,reason
 * 84-1-0001,dev,is silent
 * </pre>
 */
package org.speechrate.embeddings;
