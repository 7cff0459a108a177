package org.speechrate.embeddings;

import java.io.Closeable;
import java.io.IOException;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;

/** What a source hands its rows to. */
interface EmbeddingSink {
  /** The number of rows where a source learns it by reading them. */
  long UNKNOWN = -1;

  /**
   * Called once, before the first row.
   *
   * @param shown how the user knows the source
   * @param idsShown how the user knows what names its rows; may be the same
   * @param rows that will come, or {@link #UNKNOWN}: then there is at least one
   * @param dimension number of values of the first row
   */
  Rows open(String shown, String idsShown, long rows, int dimension) throws IOException;

  /**
   * A value that is not finite, for people.
   *
   * @param stored as {@link Rows#stored} has it
   */
  static String describe(float value, String stored) {
    boolean wider = stored.equals("float64") || stored.equals("text");
    return Float.isInfinite(value) && wider
        ? value + ", or does not fit float32 (at most 3.4e38)"
        : String.valueOf(value);
  }

  /** Takes row after row. */
  interface Rows extends Closeable {
    /**
     * Before a row whose values are stored in another way than those before it.
     *
     * @param type numpy's name, such as float64; text for decimal numbers
     */
    default void stored(String type) {}

    /**
     * Before a row whose source tells its audio file.
     *
     * @param filePath as it stands there; may be empty
     */
    default void path(String filePath) throws IOException {}

    /**
     * @param named where its id stands, such as {@code line 5}
     * @param place of the row in its source, such as {@code train[3]}
     * @param split empty where the source does not tell
     * @param label empty where the source does not tell
     * @param values only until this returns
     */
    void add(
        String named, String place, String sampleId, String split, String label, float[] values)
        throws IOException;

    /**
     * After the last row.
     *
     * @param source the format's name in the run's JSON
     */
    EmbeddingFacts finish(String source) throws IOException;
  }
}
