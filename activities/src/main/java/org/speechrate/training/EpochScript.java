package org.speechrate.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * Writes the TorchScript that trains and predicts: forward and backward pass and Adam, for models
 * that share shape and spec and are trained side by side. Each may have its own order of samples,
 * learning rate, weight decay and dropout.
 *
 * <p>Every tensor has the models as its first dimension, so that one multiplication serves all of
 * them; a model alone costs nothing more. The gradients are written out: less than half the time of
 * automatic differentiation.
 *
 * <p>{@code train} takes
 *
 * <ul>
 *   <li>p, m, v [models, size]: parameters, laid out as {@link MlpShape} says, and Adam's moments;
 *       changed in place
 *   <li>x [n, d]: inputs
 *   <li>y [models, rows, 1]: targets, in the order of their use
 *   <li>order [models, rows]: their rows in x
 *   <li>steps [steps, 3, models, 1]: of each step the learning rate over the first moment's bias
 *       correction, the root of the second moment's, and what weight decay leaves of a weight
 *   <li>masks [models, rows, hidden values], only with dropout: what hidden values are multiplied
 *       with
 * </ul>
 *
 * and returns target - output [models, rows, 1], each from before the step of its batch. {@code
 * predict} takes p and x and returns [models, n, 1].
 */
final class EpochScript {
  // PyTorch's defaults.
  static final double BETA1 = 0.9;
  static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final MlpShape shape;
  private final TrainingSpec spec;
  private final double huberDelta;
  private final StringBuilder text = new StringBuilder();

  private EpochScript(MlpShape shape, TrainingSpec spec, double huberDelta) {
    this.shape = shape;
    this.spec = spec;
    this.huberDelta = huberDelta;
  }

  /**
   * @param huberDelta in the targets' unit
   */
  static String of(MlpShape shape, TrainingSpec spec, double huberDelta) {
    EpochScript script = new EpochScript(shape, spec, huberDelta);
    script.train();
    script.predict();
    return script.text.toString();
  }

  private int layers() {
    return shape.layers();
  }

  private boolean dropout() {
    return spec.dropout() > 0;
  }

  private void line(String indent, String format, Object... values) {
    text.append(indent).append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void train() {
    String in = "  ";
    text.append("def train(self: __torch__.Script, p: Tensor, m: Tensor, v: Tensor, x: Tensor, ")
        .append("y: Tensor, order: Tensor, steps: Tensor")
        .append(dropout() ? ", masks: Tensor" : "")
        .append(") -> Tensor:\n");
    line(in, "models = torch.size(p, 0)");
    line(in, "g = torch.empty_like(p)");
    line(in, "root = torch.empty_like(p)");
    views(in, "p", "");
    views(in, "g", "g");
    line(in, "errors = torch.clone(y)");
    line(in, "for i in range(torch.size(steps, 0)):");
    String body = "    ";
    line(body, "begin = torch.mul(i, %d)", spec.batchSize());
    line(body, "end = torch.add(begin, %d)", spec.batchSize());
    line(body, "rows = torch.flatten(torch.slice(order, 1, begin, end))");
    line(
        body, "h0 = torch.view(torch.index_select(x, 0, rows), [models, -1, %d])", shape.inputs(0));
    line(body, "e = torch.slice(errors, 1, begin, end)");
    int masked = 0;
    for (int k = 0; k < layers(); k++) {
      layer(body, k);
      if (dropout() && k < layers() - 1) {
        line(
            body,
            "mask%d = torch.slice(torch.slice(masks, 1, begin, end), 2, %d, %d)",
            k + 1,
            masked,
            masked + shape.outputs(k));
        line(body, "h%d = torch.mul(a%d, mask%d)", k + 1, k + 1, k + 1);
        masked += shape.outputs(k);
      }
    }
    line(body, "_e = torch.sub_(e, %s)", output());
    line(body, "s%d = %s", layers(), slope());
    for (int k = layers() - 1; k >= 0; k--) {
      backward(body, k);
    }
    if (spec.clipNorm() > 0) {
      line(body, "norm = torch.add(torch.linalg_vector_norm(g, 2, [1], True), %s)", real(1e-6));
      line(
          body,
          "_c = torch.mul_(g, torch.clamp(torch.mul(torch.reciprocal(norm), %s), None, 1.))",
          real(spec.clipNorm()));
    }
    adam(body);
    line(in, "return errors");
  }

  /** The parameters' parts, or the gradient's, by names such as w1 and b1. */
  private void views(String in, String flat, String prefix) {
    for (int k = 0; k < layers(); k++) {
      view(in, flat, prefix + "w" + (k + 1), shape.offset(k), shape.outputs(k), shape.inputs(k));
      int bias = shape.offset(k) + shape.weights(k);
      view(in, flat, prefix + "b" + (k + 1), bias, 1, shape.outputs(k));
    }
    if (shape.linearPath()) {
      view(in, flat, prefix + "wl", shape.linearOffset(), 1, shape.inputs(0));
    }
  }

  private void view(String in, String flat, String name, int from, int outputs, int inputs) {
    line(
        in,
        "%s = torch.view(torch.narrow(%s, 1, %d, %d), [models, %d, %d])",
        name,
        flat,
        from,
        Math.multiplyExact(outputs, inputs),
        outputs,
        inputs);
  }

  /**
   * From h<i>k</i> to z<i>k+1</i>, what the layer's linear part gives, and, but behind the last, to
   * a<i>k+1</i>, what the activation makes of it, which is h<i>k+1</i> too unless dropout says
   * otherwise.
   */
  private void layer(String in, int k) {
    int to = k + 1;
    line(in, "z%d = torch.baddbmm(b%d, h%d, torch.transpose(w%d, 1, 2))", to, to, k, to);
    if (k < layers() - 1) {
      line(in, "a%d = %s", to, activation("z" + to));
      line(in, "h%d = a%d", to, to);
    }
  }

  private String activation(String z) {
    return switch (spec.activation()) {
      case RELU -> "torch.relu(" + z + ")";
      case GELU -> "torch.gelu(" + z + ")";
      case TANH -> "torch.tanh(" + z + ")";
    };
  }

  private String output() {
    String z = "z" + layers();
    return shape.linearPath() ? "torch.baddbmm(" + z + ", h0, torch.transpose(wl, 1, 2))" : z;
  }

  /** Of the loss by the output; e is target - output. */
  private String slope() {
    String direction =
        switch (spec.loss()) {
          case MSE -> "e";
          case MAE -> "torch.sign(e)";
          case HUBER -> "torch.clamp(e, " + real(-huberDelta) + ", " + real(huberDelta) + ")";
        };
    double factor = spec.loss() == TrainingSpec.Loss.MSE ? -2 : -1;
    return "torch.mul(" + direction + ", torch.div(" + real(factor) + ", torch.size(e, 1)))";
  }

  /** From s<i>k+1</i>, the loss's slope by z<i>k+1</i>, to the layer's gradients and s<i>k</i>. */
  private void backward(String in, int k) {
    int from = k + 1;
    String slope = "s" + from;
    String across = "torch.transpose(" + slope + ", 1, 2)";
    line(in, "_w%d = torch.bmm(%s, h%d, out=gw%d)", from, across, k, from);
    line(in, "_b%d = torch.sum(%s, [1], True, out=gb%d)", from, slope, from);
    if (shape.linearPath() && k == layers() - 1) {
      line(in, "_wl = torch.bmm(%s, h0, out=gwl)", across);
    }
    if (k > 0) {
      line(in, "t%d = torch.bmm(%s, w%d)", k, slope, from);
      String into = dropout() ? "torch.mul(t" + k + ", mask" + k + ")" : "t" + k;
      line(
          in,
          "s%d = %s",
          k,
          switch (spec.activation()) {
            case RELU -> String.format("torch.threshold_backward(%s, a%d, 0)", into, k);
            case GELU -> String.format("torch.gelu_backward(%s, z%d)", into, k);
            case TANH -> String.format("torch.tanh_backward(%s, a%d)", into, k);
          });
    }
  }

  /** As torch.optim.AdamW: epsilon is added to the bias-corrected root; biases don't decay. */
  private void adam(String in) {
    line(in, "step = torch.select(steps, 0, i)");
    if (spec.weightDecay() > 0) {
      line(in, "left = torch.unsqueeze(torch.select(step, 0, 2), 2)");
      List<String> weights = new ArrayList<>();
      for (int k = 1; k <= layers(); k++) {
        weights.add("w" + k);
      }
      if (shape.linearPath()) {
        weights.add("wl");
      }
      weights.forEach(weight -> line(in, "_d%s = torch.mul_(%s, left)", weight, weight));
    }
    line(in, "_m = torch.lerp_(m, g, %s)", real(1 - BETA1));
    line(
        in, "_v = torch.addcmul_(torch.mul_(v, %s), g, g, value=%s)", real(BETA2), real(1 - BETA2));
    line(in, "_r = torch.div_(torch.sqrt(v, out=root), torch.select(step, 0, 1))");
    line(in, "_e = torch.add_(root, %s)", real(EPSILON));
    line(in, "_s = torch.mul(m, torch.select(step, 0, 0), out=g)");
    line(in, "_p = torch.addcdiv_(p, g, root, value=-1)");
  }

  private void predict() {
    String in = "  ";
    text.append("def predict(self: __torch__.Script, p: Tensor, x: Tensor) -> Tensor:\n");
    line(in, "models = torch.size(p, 0)");
    views(in, "p", "");
    line(in, "h0 = torch.expand(torch.unsqueeze(x, 0), [models, -1, -1])");
    for (int k = 0; k < layers(); k++) {
      layer(in, k);
    }
    line(in, "return %s", output());
  }

  /** A number that the script's reader takes for a real one. */
  private static String real(double value) {
    return Double.toString(value).replace('E', 'e');
  }
}
