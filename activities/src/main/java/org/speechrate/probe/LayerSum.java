package org.speechrate.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.pipeline.Refusal;
import org.speechrate.regression.RidgeRegression;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.Problems;

/**
 * The weighted sum of all layers, as SUPERB's probes have it: weights are a softmax, so they are
 * positive and add up to 1; they are learnt on train together with a linear head, and dev decides
 * when to stop. Each layer is centred and divided by one scale of its own first, so that a weight
 * tells of the layer and not of its units. By turns, the head is fitted by ridge regression to the
 * sum, and the weights by exponentiated gradient, the softmax's own descent, to the head's outputs.
 */
final class LayerSum implements Features {
  private static final int MOST_TURNS = 6;

  /** Of dev's squared error: less is no reason to go on. */
  private static final double LEAST_GAIN = 1e-3;

  private static final int STEPS = 5000;

  private final List<EmbeddingMatrix> layers;
  private final double[][] means;
  private final double[] scales;
  private double[] weights;

  /**
   * Learns the weights.
   *
   * @param names of the layers, for a refusal
   * @throws Refusal if their dimensions differ, or there is no ridge regression of such data
   */
  LayerSum(
      List<EmbeddingMatrix> layers,
      List<String> names,
      ProbeSamples samples,
      StageMonitor monitor) {
    this.layers = layers;
    requireOneDimension(names);
    LinearProbe.reasonAgainst(samples.train(), dimension())
        .ifPresent(
            reason -> {
              throw new Refusal(Refusal.Kind.BAD_VALUE, reason);
            });
    means = new double[layers.size()][];
    scales = new double[layers.size()];
    for (int layer = 0; layer < layers.size(); layer++) {
      standardise(layer, samples.train());
    }
    weights = new double[layers.size()];
    Arrays.fill(weights, 1.0 / layers.size());
    learn(samples, monitor);
  }

  private void requireOneDimension(List<String> names) {
    for (int layer = 1; layer < layers.size(); layer++) {
      if (layers.get(layer).dimension() != layers.get(0).dimension()) {
        throw new Refusal(
            Refusal.Kind.BAD_VALUE,
            String.format(
                Locale.ROOT,
                "a weighted sum needs layers of one dimension: %s has %,d values, %s has %,d",
                Problems.value(names.get(0)),
                layers.get(0).dimension(),
                Problems.value(names.get(layer)),
                layers.get(layer).dimension()));
      }
    }
  }

  private void standardise(int layer, ProbeSamples.Part train) {
    EmbeddingMatrix matrix = layers.get(layer);
    double[] mean = new double[matrix.dimension()];
    double[] scatter = new double[matrix.dimension()];
    float[] values = new float[matrix.dimension()];
    for (int n = 1; n <= train.count(); n++) {
      matrix.read(train.rows()[n - 1], values, 0);
      for (int i = 0; i < values.length; i++) {
        double off = values[i] - mean[i];
        mean[i] += off / n;
        scatter[i] += off * (values[i] - mean[i]);
      }
    }
    double variance = Arrays.stream(scatter).sum() / ((double) train.count() * values.length);
    means[layer] = mean;
    scales[layer] = variance > 0 ? Math.sqrt(variance) : 1;
  }

  private void learn(ProbeSamples samples, StageMonitor monitor) {
    double least = Double.POSITIVE_INFINITY;
    double[] best = weights;
    for (int turn = 1; turn <= MOST_TURNS; turn++) {
      monitor.progress(LinearProbe.ofSteps("weights of the layers, turn", turn, MOST_TURNS), 0, 0);
      RidgeRegression.Fit head = LinearProbe.fit(this, samples.train(), monitor);
      double error =
          LinearProbe.squaredError(
              LinearProbe.predict(head, this, samples.dev()), samples.dev().cps());
      if (error < least) {
        best = weights;
      }
      if (!(error < least * (1 - LEAST_GAIN)) || layers.size() == 1) {
        break;
      }
      least = error;
      weights = descend(head.weights(), samples.train(), monitor);
    }
    weights = best;
  }

  /** The weights with the least squared error of the head's outputs on train. */
  private double[] descend(double[] head, ProbeSamples.Part train, StageMonitor monitor) {
    int count = layers.size();
    double[][] gram = new double[count][count];
    double[] withTarget = new double[count];
    double mean = Arrays.stream(train.cps()).average().orElseThrow();
    double[] outputs = new double[count];
    float[] values = new float[dimension()];
    for (int i = 0; i < train.count(); i++) {
      monitor.endIfStopped();
      for (int layer = 0; layer < count; layer++) {
        layers.get(layer).read(train.rows()[i], values, 0);
        outputs[layer] = 0;
        for (int j = 0; j < values.length; j++) {
          outputs[layer] += head[j] * (values[j] - means[layer][j]);
        }
        outputs[layer] /= scales[layer];
      }
      for (int a = 0; a < count; a++) {
        withTarget[a] += outputs[a] * (train.cps()[i] - mean);
        for (int b = 0; b < count; b++) {
          gram[a][b] += outputs[a] * outputs[b];
        }
      }
    }
    return simplexLeastSquares(gram, withTarget, weights);
  }

  /** Of w·gram·w − 2 w·withTarget the least, among positive weights that add up to 1. */
  static double[] simplexLeastSquares(double[][] gram, double[] withTarget, double[] start) {
    double largest =
        Arrays.stream(gram).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
    double[] weights = start.clone();
    if (largest == 0) {
      return weights;
    }
    double[] gradient = new double[weights.length];
    for (int step = 0; step < STEPS; step++) {
      double shallowest = Double.POSITIVE_INFINITY;
      for (int a = 0; a < weights.length; a++) {
        gradient[a] = -withTarget[a];
        for (int b = 0; b < weights.length; b++) {
          gradient[a] += gram[a][b] * weights[b];
        }
        shallowest = Math.min(shallowest, gradient[a]);
      }
      double sum = 0;
      for (int a = 0; a < weights.length; a++) {
        weights[a] *= Math.exp((shallowest - gradient[a]) / largest);
        sum += weights[a];
      }
      for (int a = 0; a < weights.length; a++) {
        weights[a] /= sum;
      }
    }
    return weights;
  }

  List<Double> weights() {
    return Arrays.stream(weights).boxed().collect(Collectors.toCollection(ArrayList::new));
  }

  @Override
  public int dimension() {
    return layers.get(0).dimension();
  }

  @Override
  public void read(int row, float[] into) {
    double[] sum = new double[into.length];
    for (int layer = 0; layer < layers.size(); layer++) {
      layers.get(layer).read(row, into, 0);
      double factor = weights[layer] / scales[layer];
      double[] mean = means[layer];
      for (int i = 0; i < into.length; i++) {
        sum[i] += factor * (into[i] - mean[i]);
      }
    }
    for (int i = 0; i < into.length; i++) {
      into[i] = (float) sum[i];
    }
  }
}
