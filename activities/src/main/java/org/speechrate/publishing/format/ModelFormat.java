package org.speechrate.publishing.format;

import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;

/** The files in which a version holds its model. */
public enum ModelFormat {
  SAFETENSORS(SpeechRateModel.FILE) {
    @Override
    public byte[] write(SafeTensors weights) {
      return weights.toBytes();
    }
  },
  PT("model.pt") {
    @Override
    public byte[] write(SafeTensors weights) {
      return TorchFile.sequential(PlainMlp.of(weights));
    }
  },
  STATE_DICT("state_dict.pt") {
    @Override
    public byte[] write(SafeTensors weights) {
      return TorchFile.stateDict(weights);
    }
  },
  ONNX("model.onnx") {
    @Override
    public byte[] write(SafeTensors weights) {
      return OnnxFile.write(PlainMlp.of(weights), weights.metadata());
    }
  };

  private final String file;

  ModelFormat(String file) {
    this.file = file;
  }

  /** Name inside a version's folder. */
  public String file() {
    return file;
  }

  /**
   * The file's bytes.
   *
   * @throws IllegalArgumentException if the weights are no model
   */
  public abstract byte[] write(SafeTensors weights);

  /**
   * The Python system's {@code regression_model.pt}: a pickled {@code
   * models.probing_model.ProbingCls}.
   *
   * @throws IllegalArgumentException if the weights are no model of one hidden layer and ReLU
   */
  public static byte[] pythonSystem(SafeTensors weights) {
    return TorchFile.probingCls(PlainMlp.of(weights));
  }
}
