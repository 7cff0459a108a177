package org.speechrate.model;

import java.util.List;

/** Numbers in C order (the last index runs fastest) and their shape. */
public final class Tensor {
  private final List<Integer> shape;
  private final float[] values;

  /**
   * @param values kept, not copied
   * @throws IllegalArgumentException if the shape does not hold exactly as many values
   */
  public Tensor(List<Integer> shape, float[] values) {
    long size = 1;
    for (int length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException("a length must be at least 0, got shape " + shape);
      }
      size = Math.multiplyExact(size, (long) length);
    }
    if (size != values.length) {
      throw new IllegalArgumentException(
          String.format("shape %s holds %d values, got %d", shape, size, values.length));
    }
    this.shape = List.copyOf(shape);
    this.values = values;
  }

  public List<Integer> shape() {
    return shape;
  }

  /** The tensor's own array. */
  public float[] values() {
    return values;
  }
}
