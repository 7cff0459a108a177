package org.speechrate.training;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.function.Consumer;

/**
 * How embeddings and cps are scaled while training: input z = (x - inputMean) / inputScale, target
 * t = (cps - targetMean) / targetScale. Means and scales are the train split's own.
 *
 * @param inputMean [d]
 * @param inputScale one for all dimensions: some are 0 nearly everywhere, and their own standard
 *     deviation would blow them up
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
record Scaling(float[] inputMean, double inputScale, double targetMean, double targetScale) {

  /** Rows that are read at once. */
  private static final int BLOCK_ROWS = 64;

  /** Centres and scales what the spec says; the rest stays as it is. */
  static Scaling fit(SplitRows train, boolean scaleInputs, boolean standardizeTargets)
      throws IOException {
    int d = train.dimension();
    int n = train.count();
    float[] mean = new float[d];
    double scale = 1;
    if (scaleInputs) {
      double[] sums = new double[d];
      forEach(
          train,
          x -> {
            for (int j = 0; j < d; j++) {
              sums[j] += x[j];
            }
          });
      for (int j = 0; j < d; j++) {
        mean[j] = (float) (sums[j] / n);
      }
      double[] squares = {0};
      forEach(
          train,
          x -> {
            double sum = squares[0];
            for (int j = 0; j < d; j++) {
              double centred = x[j] - mean[j];
              sum += centred * centred;
            }
            squares[0] = sum;
          });
      scale = nonZero(Math.sqrt(squares[0] / ((double) n * d)));
    }
    double targetMean = 0;
    double targetScale = 1;
    if (standardizeTargets) {
      for (double cps : train.cps()) {
        targetMean += cps / n;
      }
      double squares = 0;
      for (double cps : train.cps()) {
        squares += (cps - targetMean) * (cps - targetMean);
      }
      targetScale = nonZero(Math.sqrt(squares / n));
    }
    return new Scaling(mean, scale, targetMean, targetScale);
  }

  /** Where all values are the same there is nothing to scale. */
  private static double nonZero(double scale) {
    return scale > 0 ? scale : 1;
  }

  /** One row after the other, in the split's order. */
  private static void forEach(SplitRows rows, Consumer<float[]> consumer) throws IOException {
    float[] values = new float[rows.dimension()];
    FloatBuffer block = FloatBuffer.allocate(BLOCK_ROWS * values.length);
    int[] order = new int[BLOCK_ROWS];
    for (int from = 0; from < rows.count(); from += BLOCK_ROWS) {
      int n = Math.min(BLOCK_ROWS, rows.count() - from);
      for (int i = 0; i < n; i++) {
        order[i] = from + i;
      }
      rows.gather(order, 0, n, block.clear());
      block.flip();
      while (block.hasRemaining()) {
        block.get(values);
        consumer.accept(values);
      }
    }
  }

  /** In place, [n × d] from the buffer's start to its limit. */
  void inputs(FloatBuffer rows) {
    int d = inputMean.length;
    float[] values = new float[d];
    for (int at = 0; at < rows.limit(); at += d) {
      rows.get(at, values);
      for (int j = 0; j < d; j++) {
        values[j] = (float) ((values[j] - inputMean[j]) / inputScale);
      }
      rows.put(at, values);
    }
  }

  float[] targets(double[] cps) {
    float[] scaled = new float[cps.length];
    for (int i = 0; i < cps.length; i++) {
      scaled[i] = (float) ((cps[i] - targetMean) / targetScale);
    }
    return scaled;
  }

  double cps(float output) {
    return output * targetScale + targetMean;
  }

  /**
   * Parameters that take raw embeddings and give cps, from those that take and give scaled ones.
   */
  float[] fold(MlpShape shape, float[] parameters) {
    double[] folded = new double[parameters.length];
    for (int i = 0; i < folded.length; i++) {
      folded[i] = parameters[i];
    }
    int firstBias = shape.weights(0);
    for (int o = 0; o < shape.outputs(0); o++) {
      for (int i = 0; i < shape.inputs(0); i++) {
        int w = o * shape.inputs(0) + i;
        folded[w] /= inputScale;
        folded[firstBias + o] -= folded[w] * inputMean[i];
      }
    }
    int lastBias = shape.lastBias();
    for (int w = shape.linearOffset(); w < folded.length; w++) {
      folded[w] /= inputScale;
      folded[lastBias] -= folded[w] * inputMean[w - shape.linearOffset()];
    }
    for (int i = shape.offset(shape.layers() - 1); i < folded.length; i++) {
      folded[i] *= targetScale;
    }
    folded[lastBias] += targetMean;
    float[] rounded = new float[folded.length];
    for (int i = 0; i < folded.length; i++) {
      rounded[i] = (float) folded[i];
    }
    return rounded;
  }
}
