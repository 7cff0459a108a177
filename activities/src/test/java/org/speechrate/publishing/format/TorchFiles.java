package org.speechrate.publishing.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;

/** Files that PyTorch wrote, by make_torch.py, and the weights in them. */
final class TorchFiles {
  private TorchFiles() {}

  static byte[] read(String name) {
    try (InputStream in = TorchFiles.class.getResourceAsStream("/torch/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** 3 → 2 → 1, as make_torch.py fills them. */
  static SafeTensors weights(String activation) {
    return weights(activation, false, 3, 2, 1);
  }

  static SafeTensors weights(String activation, boolean linearPath, int... widths) {
    Map<String, Tensor> tensors = new TreeMap<>();
    for (int k = 1; k < widths.length; k++) {
      float[] weight = new float[widths[k] * widths[k - 1]];
      for (int i = 0; i < weight.length; i++) {
        weight[i] = ((7 * i) % 11 - 5) / 8f;
      }
      float[] bias = new float[widths[k]];
      for (int i = 0; i < bias.length; i++) {
        bias[i] = ((3 * i) % 5 - 2) / 4f;
      }
      tensors.put("fc" + k + ".weight", new Tensor(List.of(widths[k], widths[k - 1]), weight));
      tensors.put("fc" + k + ".bias", new Tensor(List.of(widths[k]), bias));
    }
    if (linearPath) {
      float[] linear = new float[widths[0]];
      for (int i = 0; i < linear.length; i++) {
        linear[i] = (i + 1) / 16f;
      }
      tensors.put(SpeechRateModel.LINEAR_PATH, new Tensor(List.of(1, widths[0]), linear));
    }
    return new SafeTensors(tensors, Map.of(SpeechRateModel.ACTIVATION, activation));
  }
}
