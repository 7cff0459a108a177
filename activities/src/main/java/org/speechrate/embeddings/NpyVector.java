package org.speechrate.embeddings;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/** One utterance's array: a {@code .npy} of shape (d,) or (1, d). */
final class NpyVector {
  /** Far above any encoder's; a header that says more must not fill the memory. */
  static final int MOST_VALUES = 1 << 20;

  private final NumpyType type;
  private final float[] values;

  private NpyVector(NumpyType type, float[] values) {
    this.type = type;
    this.values = values;
  }

  /**
   * Leaves the stream after the last value.
   *
   * @param shown how the user knows the array
   * @throws Refusal if it is no array of floats of such a shape, or is cut off
   */
  static NpyVector read(InputStream in, String shown) throws IOException {
    NpyHeader header = NpyHeader.read(in, shown);
    List<Long> shape = header.shape();
    if (!header.type().isFloat()
        || !(shape.size() == 1 || (shape.size() == 2 && shape.get(0) == 1))) {
      throw refusal(
          shown,
          String.format(
              "must be float16, float32 or float64 of shape (d,) or (1, d), is %s of shape %s; give"
                  + " one vector for each utterance",
              header.type(), header.shapeText()));
    }
    byte[] encoded = new byte[values(shape.get(shape.size() - 1), shown) * header.type().bytes()];
    int read = in.readNBytes(encoded, 0, encoded.length);
    if (read < encoded.length) {
      throw refusal(
          shown,
          String.format(
              Locale.ROOT,
              "is cut off: its shape is %s, but it has bytes for %,d values only; save it again",
              header.shapeText(),
              read / header.type().bytes()));
    }
    float[] values = new float[encoded.length / header.type().bytes()];
    header.type().floats(ByteBuffer.wrap(encoded), values);
    return new NpyVector(header.type(), values);
  }

  NumpyType type() {
    return type;
  }

  float[] values() {
    return values;
  }

  /**
   * @throws Refusal if a vector of so many values is more than is read
   */
  static int values(long dimension, String shown) {
    if (dimension > MOST_VALUES) {
      throw refusal(
          shown,
          String.format(
              Locale.ROOT,
              "says that an embedding has %,d values, at most %,d are read",
              dimension,
              MOST_VALUES));
    }
    return (int) dimension;
  }

  private static Refusal refusal(String shown, String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(shown + ": " + problem));
  }
}
