package org.speechrate.training;

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

  /** Centres and scales what the spec says; the rest stays as it is. */
  static Scaling fit(TrainingData data, boolean scaleInputs, boolean standardizeTargets) {
    int d = data.dimension();
    int n = data.trainCps().length;
    float[] mean = new float[d];
    double scale = 1;
    if (scaleInputs) {
      double[] sums = new double[d];
      for (int i = 0; i < n * d; i++) {
        sums[i % d] += data.train()[i];
      }
      for (int j = 0; j < d; j++) {
        mean[j] = (float) (sums[j] / n);
      }
      double squares = 0;
      for (int i = 0; i < n * d; i++) {
        double centred = data.train()[i] - mean[i % d];
        squares += centred * centred;
      }
      scale = nonZero(Math.sqrt(squares / ((double) n * d)));
    }
    double targetMean = 0;
    double targetScale = 1;
    if (standardizeTargets) {
      for (double cps : data.trainCps()) {
        targetMean += cps / n;
      }
      double squares = 0;
      for (double cps : data.trainCps()) {
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

  /** [n × d] to [n × d]. */
  float[] inputs(float[] raw) {
    float[] scaled = new float[raw.length];
    int d = inputMean.length;
    for (int i = 0; i < raw.length; i++) {
      scaled[i] = (float) ((raw[i] - inputMean[i % d]) / inputScale);
    }
    return scaled;
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
    int last = shape.layers() - 1;
    for (int i = shape.offset(last); i < folded.length; i++) {
      folded[i] *= targetScale;
    }
    folded[folded.length - 1] += targetMean;
    float[] rounded = new float[folded.length];
    for (int i = 0; i < folded.length; i++) {
      rounded[i] = (float) folded[i];
    }
    return rounded;
  }
}
