package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.training.TrainingSpec;

class PyTorchTest {
  @Test
  void refusesARequiredGpuWhereThereIsNone() {
    assertThatThrownBy(() -> PyTorch.device(TrainingSpec.Device.GPU, 0))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "training.device: gpu is required, but the PyTorch engine sees none; use auto or cpu,"
                + " or a worker with CUDA libraries")
        .extracting(e -> ((Refusal) e).kind())
        .isEqualTo(Refusal.Kind.NO_GPU);
  }

  @Test
  void takesAGpuWhereOneIsUsableUnlessToldNotTo() {
    assertThat(PyTorch.name(PyTorch.device(TrainingSpec.Device.AUTO, 0))).isEqualTo("cpu");
    assertThat(PyTorch.name(PyTorch.device(TrainingSpec.Device.AUTO, 2))).isEqualTo("gpu(0)");
    assertThat(PyTorch.name(PyTorch.device(TrainingSpec.Device.GPU, 1))).isEqualTo("gpu(0)");
    assertThat(PyTorch.name(PyTorch.device(TrainingSpec.Device.CPU, 1))).isEqualTo("cpu");
  }

  @Test
  void describesEngineDeviceAndThreads() {
    assertThat(PyTorch.describe())
        .matches("PyTorch \\d+\\.\\d+\\.\\d+ \\(DJL .+\\), (cpu with \\w+|gpu\\(0\\)), 1 thread");
  }
}
