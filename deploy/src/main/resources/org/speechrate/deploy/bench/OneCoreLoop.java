import java.util.Random;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Trains d-128-1 with ReLU, MSE and Adam on made data, on one core and with nothing around it: about
 * what one core can do. Prints one JSON object. Run from source, as the Vector API still incubates:
 * java --add-modules jdk.incubator.vector OneCoreLoop.java ROWS D EPOCHS
 */
final class OneCoreLoop {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final int L = LANES.length();
  private static final int H = 128;
  private static final int BATCH = 32;

  private final int d;
  private final float[] x;
  private final float[] y;

  /** Hidden weights [d][H], hidden bias [H], output weights [H], output bias; then their moments. */
  private final float[] p;

  private final float[] g;
  private final float[] m;
  private final float[] v;
  private final float[] hidden = new float[BATCH * H];
  private final float[] errors = new float[BATCH];
  private int step;

  private OneCoreLoop(int rows, int dimension) {
    d = (dimension + 3) / 4 * 4;
    Random random = new Random(0);
    x = new float[rows * d];
    y = new float[rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < d; j++) {
        x[i * d + j] = (float) random.nextGaussian();
        y[i] += x[i * d + j] * (j % 3 - 1) / 16;
      }
    }
    int size = d * H + H + H + 1;
    p = new float[(size + L - 1) / L * L];
    for (int i = 0; i < size; i++) {
      p[i] = (float) ((random.nextDouble() * 2 - 1) / Math.sqrt(i < d * H ? d : H));
    }
    g = new float[p.length];
    m = new float[p.length];
    v = new float[p.length];
  }

  public static void main(String[] args) {
    int rows = Integer.parseInt(args[0]);
    OneCoreLoop loop = new OneCoreLoop(rows, Integer.parseInt(args[1]));
    StringBuilder seconds = new StringBuilder();
    double first = 0;
    double last = 0;
    for (int epoch = 0; epoch < Integer.parseInt(args[2]); epoch++) {
      long began = System.nanoTime();
      last = loop.epoch(rows, new Random(epoch));
      seconds.append(epoch == 0 ? "" : ", ").append((System.nanoTime() - began) / 1e9);
      first = epoch == 0 ? last : first;
    }
    System.out.println(
        "{\"epochSeconds\": [" + seconds + "], \"firstMse\": " + first + ", \"lastMse\": " + last + "}");
  }

  private double epoch(int rows, Random random) {
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    double squares = 0;
    for (int from = 0; from < rows; from += BATCH) {
      squares += batch(order, from, Math.min(BATCH, rows - from));
    }
    return squares / rows;
  }

  private double batch(int[] order, int from, int n) {
    int[] at = new int[BATCH];
    for (int b = 0; b < n; b++) {
      at[b] = order[from + b] * d;
    }
    for (int b = n; b < BATCH; b++) {
      at[b] = at[n - 1];
    }
    for (int b = 0; b < BATCH; b += 4) {
      for (int h = 0; h < H; h += 2 * L) {
        forward(at, b, h);
      }
    }
    int out = d * H + H;
    double squares = 0;
    for (int b = 0; b < BATCH; b++) {
      FloatVector sum = FloatVector.zero(LANES);
      for (int h = 0; h < H; h += L) {
        sum = FloatVector.fromArray(LANES, hidden, b * H + h)
            .fma(FloatVector.fromArray(LANES, p, out + h), sum);
      }
      float error = sum.reduceLanes(VectorOperators.ADD) + p[out + H] - y[at[b] / d];
      errors[b] = b < n ? 2 * error / n : 0;
      squares += b < n ? error * error : 0;
    }
    backward(at, out);
    adam();
    return squares;
  }

  private void forward(int[] at, int b, int h) {
    FloatVector bias0 = FloatVector.fromArray(LANES, p, d * H + h);
    FloatVector bias1 = FloatVector.fromArray(LANES, p, d * H + h + L);
    FloatVector a0 = bias0, a1 = bias0, a2 = bias0, a3 = bias0;
    FloatVector c0 = bias1, c1 = bias1, c2 = bias1, c3 = bias1;
    for (int i = 0; i < d; i++) {
      FloatVector w0 = FloatVector.fromArray(LANES, p, i * H + h);
      FloatVector w1 = FloatVector.fromArray(LANES, p, i * H + h + L);
      FloatVector x0 = FloatVector.broadcast(LANES, x[at[b] + i]);
      FloatVector x1 = FloatVector.broadcast(LANES, x[at[b + 1] + i]);
      FloatVector x2 = FloatVector.broadcast(LANES, x[at[b + 2] + i]);
      FloatVector x3 = FloatVector.broadcast(LANES, x[at[b + 3] + i]);
      a0 = x0.fma(w0, a0);
      c0 = x0.fma(w1, c0);
      a1 = x1.fma(w0, a1);
      c1 = x1.fma(w1, c1);
      a2 = x2.fma(w0, a2);
      c2 = x2.fma(w1, c2);
      a3 = x3.fma(w0, a3);
      c3 = x3.fma(w1, c3);
    }
    int to = b * H + h;
    a0.max(0).intoArray(hidden, to);
    c0.max(0).intoArray(hidden, to + L);
    a1.max(0).intoArray(hidden, to + H);
    c1.max(0).intoArray(hidden, to + H + L);
    a2.max(0).intoArray(hidden, to + 2 * H);
    c2.max(0).intoArray(hidden, to + 2 * H + L);
    a3.max(0).intoArray(hidden, to + 3 * H);
    c3.max(0).intoArray(hidden, to + 3 * H + L);
  }

  private void backward(int[] at, int out) {
    float biasGradient = 0;
    for (int b = 0; b < BATCH; b++) {
      biasGradient += errors[b];
    }
    g[out + H] = biasGradient;
    for (int h = 0; h < H; h += L) {
      FloatVector w = FloatVector.fromArray(LANES, p, out + h);
      FloatVector ofOutput = FloatVector.zero(LANES);
      FloatVector ofBias = FloatVector.zero(LANES);
      for (int b = 0; b < BATCH; b++) {
        FloatVector a = FloatVector.fromArray(LANES, hidden, b * H + h);
        ofOutput = a.fma(FloatVector.broadcast(LANES, errors[b]), ofOutput);
        FloatVector down =
            FloatVector.zero(LANES).blend(w.mul(errors[b]), a.compare(VectorOperators.GT, 0));
        ofBias = ofBias.add(down);
        down.intoArray(hidden, b * H + h);
      }
      ofOutput.intoArray(g, out + h);
      ofBias.intoArray(g, d * H + h);
    }
    for (int i = 0; i + 3 < d; i += 4) {
      for (int h = 0; h < H; h += 2 * L) {
        weights(at, i, h);
      }
    }
  }

  private void weights(int[] at, int i, int h) {
    FloatVector zero = FloatVector.zero(LANES);
    FloatVector a0 = zero, a1 = zero, a2 = zero, a3 = zero;
    FloatVector c0 = zero, c1 = zero, c2 = zero, c3 = zero;
    for (int b = 0; b < BATCH; b++) {
      FloatVector d0 = FloatVector.fromArray(LANES, hidden, b * H + h);
      FloatVector d1 = FloatVector.fromArray(LANES, hidden, b * H + h + L);
      FloatVector x0 = FloatVector.broadcast(LANES, x[at[b] + i]);
      FloatVector x1 = FloatVector.broadcast(LANES, x[at[b] + i + 1]);
      FloatVector x2 = FloatVector.broadcast(LANES, x[at[b] + i + 2]);
      FloatVector x3 = FloatVector.broadcast(LANES, x[at[b] + i + 3]);
      a0 = x0.fma(d0, a0);
      c0 = x0.fma(d1, c0);
      a1 = x1.fma(d0, a1);
      c1 = x1.fma(d1, c1);
      a2 = x2.fma(d0, a2);
      c2 = x2.fma(d1, c2);
      a3 = x3.fma(d0, a3);
      c3 = x3.fma(d1, c3);
    }
    int to = i * H + h;
    a0.intoArray(g, to);
    c0.intoArray(g, to + L);
    a1.intoArray(g, to + H);
    c1.intoArray(g, to + H + L);
    a2.intoArray(g, to + 2 * H);
    c2.intoArray(g, to + 2 * H + L);
    a3.intoArray(g, to + 3 * H);
    c3.intoArray(g, to + 3 * H + L);
  }

  private void adam() {
    step++;
    float rate = (float) (3e-4 / (1 - Math.pow(0.9, step)));
    float root = (float) (1 / Math.sqrt(1 - Math.pow(0.999, step)));
    for (int i = 0; i < p.length; i += L) {
      FloatVector gradient = FloatVector.fromArray(LANES, g, i);
      FloatVector first = FloatVector.fromArray(LANES, m, i).mul(0.9f).add(gradient.mul(0.1f));
      FloatVector second =
          FloatVector.fromArray(LANES, v, i).mul(0.999f).add(gradient.mul(gradient).mul(0.001f));
      first.intoArray(m, i);
      second.intoArray(v, i);
      FloatVector.fromArray(LANES, p, i)
          .sub(first.mul(rate).div(second.sqrt().mul(root).add(1e-8f)))
          .intoArray(p, i);
    }
  }
}
