package org.speechrate.predict;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;
import org.speechrate.training.PyTorch;

/**
 * A published model on the PyTorch engine, for many rows: the function of {@link SpeechRateModel},
 * in single precision, several times as fast as any loop that Java compiles. May be used by many
 * threads at once.
 */
public final class TorchModel implements AutoCloseable {
  private final NDManager manager;
  private final List<Layer> layers = new ArrayList<>();
  private final String activation;
  private final NDArray linearPath;

  /**
   * @param weight [inputs, outputs]
   * @param bias [outputs]
   */
  private record Layer(NDArray weight, NDArray bias) {}

  /**
   * @param weights that {@link SpeechRateModel#of} takes
   */
  public TorchModel(SafeTensors weights) {
    int count = SpeechRateModel.of(weights).layers().size() - 1;
    manager = PyTorch.engine().newBaseManager(Device.cpu());
    for (int k = 1; k <= count; k++) {
      Tensor bias = weights.tensor("fc" + k + ".bias");
      layers.add(
          new Layer(
              transposed(weights.tensor("fc" + k + ".weight")),
              manager.create(bias.values(), new Shape(bias.values().length))));
    }
    activation = weights.metadata().getOrDefault(SpeechRateModel.ACTIVATION, "relu");
    linearPath =
        weights.tensors().containsKey(SpeechRateModel.LINEAR_PATH)
            ? transposed(weights.tensor(SpeechRateModel.LINEAR_PATH))
            : null;
  }

  private NDArray transposed(Tensor weight) {
    return manager
        .create(weight.values(), new Shape(weight.shape().get(0), weight.shape().get(1)))
        .transpose();
  }

  /**
   * @param embeddings float32, little endian, [rows, dimension], in a direct buffer
   * @return letters per second, [rows]
   */
  public float[] predict(ByteBuffer embeddings, int rows) {
    long dimension = layers.get(0).weight().getShape().get(0);
    try (NDManager scope = manager.newSubManager()) {
      NDArray input = scope.create(embeddings, new Shape(rows, dimension), DataType.FLOAT32);
      NDArray values = input;
      for (int k = 0; k < layers.size(); k++) {
        values = values.matMul(layers.get(k).weight()).addi(layers.get(k).bias());
        if (k < layers.size() - 1) {
          values =
              switch (activation) {
                case "gelu" -> Activation.gelu(values);
                case "tanh" -> values.tanh();
                default -> Activation.relu(values);
              };
        }
      }
      if (linearPath != null) {
        values = values.addi(input.matMul(linearPath));
      }
      return values.toFloatArray();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
