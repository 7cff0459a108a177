package org.speechrate.predict;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;
import org.speechrate.training.PyTorch;
import org.speechrate.training.TorchScript;

/**
 * A published model on the PyTorch engine, for many rows: the function of {@link SpeechRateModel},
 * in single precision, several times as fast as any loop that Java compiles. One call of the engine
 * for each block of rows. May be used by many threads at once.
 */
public final class TorchModel implements AutoCloseable {
  private static final Device CPU = Device.cpu();

  /**
   * Compiled scripts by their text, kept as compiling one takes the time of ten thousands of rows.
   * They hold no weights, and models differ more in these than in their text.
   */
  private static final Map<String, Model> SCRIPTS = new ConcurrentHashMap<>();

  private final NDManager manager = PyTorch.engine().newBaseManager(CPU);
  private final ParameterStore noParameters = new ParameterStore(manager, false);
  private final Model script;
  private final int dimension;

  /** Of each layer weight [outputs, inputs] and bias; then the linear path's weight. */
  private final List<NDArray> parameters = new ArrayList<>();

  /** What computes a hidden layer, but for its activation. */
  enum Linear {
    /**
     * oneDNN, with the weights laid out once as it likes them: a sixth less time. Not in every
     * build of the engine.
     */
    PACKED("ops.mkldnn._linear_pointwise(%s, %s, %s, \"none\", [], \"\")"),
    PLAIN("torch.addmm(%3$s, %1$s, torch.t(%2$s))");

    private final String call;

    Linear(String call) {
      this.call = call;
    }

    String call(String input, String weight, String bias) {
      return String.format(Locale.ROOT, call, input, weight, bias);
    }
  }

  /** The fastest that this engine has. */
  private static final class Fastest {
    static final Linear LINEAR = find();

    private static Linear find() {
      try {
        TorchScript.load(packing(1), CPU).close();
        return Linear.PACKED;
      } catch (EngineException e) {
        return Linear.PLAIN;
      }
    }
  }

  /**
   * @param weights that {@link SpeechRateModel#of} takes
   * @param rows of most calls
   */
  public TorchModel(SafeTensors weights, int rows) {
    this(weights, rows, Fastest.LINEAR);
  }

  TorchModel(SafeTensors weights, int rows, Linear linear) {
    List<Integer> widths = SpeechRateModel.of(weights).layers();
    int layers = widths.size() - 1;
    dimension = widths.get(0);
    boolean packed = linear == Linear.PACKED;
    script =
        SCRIPTS.computeIfAbsent(
            code(weights, layers, linear) + (packed ? packing(rows) : ""),
            text -> TorchScript.load(text, CPU));
    for (int k = 1; k <= layers; k++) {
      NDArray weight = array(weights.tensor("fc" + k + ".weight"));
      parameters.add(packed && k < layers ? call(manager, "pack", List.of(weight)) : weight);
      parameters.add(array(weights.tensor("fc" + k + ".bias")));
    }
    if (weights.tensors().containsKey(SpeechRateModel.LINEAR_PATH)) {
      parameters.add(array(weights.tensor(SpeechRateModel.LINEAR_PATH)));
    }
  }

  private NDArray array(Tensor tensor) {
    return manager.create(
        tensor.values(), new Shape(tensor.shape().stream().mapToLong(each -> each).toArray()));
  }

  private static String packing(int rows) {
    return "def pack(self: __torch__.Script, weight: Tensor) -> Tensor:\n"
        + String.format("  return ops.mkldnn._reorder_linear_weight(weight, %d)\n", rows);
  }

  private static String code(SafeTensors weights, int layers, Linear linear) {
    String activation =
        switch (weights.metadata().getOrDefault(SpeechRateModel.ACTIVATION, "relu")) {
          case "gelu" -> "gelu";
          case "tanh" -> "tanh_";
          default -> "relu_";
        };
    StringBuilder arguments = new StringBuilder("self: __torch__.Script, x: Tensor");
    StringBuilder body = new StringBuilder();
    String values = "x";
    for (int k = 1; k <= layers; k++) {
      arguments.append(String.format(", w%1$d: Tensor, b%1$d: Tensor", k));
      String layer =
          k < layers
              ? String.format("torch.%s(%s)", activation, linear.call(values, "w" + k, "b" + k))
              : Linear.PLAIN.call(values, "w" + k, "b" + k);
      values = "h" + k;
      body.append(String.format("  %s = %s\n", values, layer));
    }
    if (weights.tensors().containsKey(SpeechRateModel.LINEAR_PATH)) {
      arguments.append(", linear: Tensor");
      values = Linear.PLAIN.call("x", "linear", values);
    }
    return String.format(
        "def predict(%s) -> Tensor:\n%s  return torch.view(%s, [-1])\n", arguments, body, values);
  }

  /** The engine takes the method's name as the first argument, and its manager for the result. */
  private NDArray call(NDManager scope, String method, List<NDArray> arguments) {
    NDArray name = scope.create(0f);
    name.setName("module_method:" + method);
    NDList all = new NDList(name);
    all.addAll(arguments);
    return script.getBlock().forward(noParameters, all, false).singletonOrThrow();
  }

  /**
   * @param embeddings float32, little endian, [rows, dimension], in a direct buffer
   * @return letters per second, [rows]
   */
  public float[] predict(ByteBuffer embeddings, int rows) {
    try (NDManager scope = manager.newSubManager()) {
      List<NDArray> arguments = new ArrayList<>();
      arguments.add(scope.create(embeddings, new Shape(rows, dimension), DataType.FLOAT32));
      arguments.addAll(parameters);
      return call(scope, "predict", arguments).toFloatArray();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
