package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
  void describesEngineDeviceThreadsAndLibrary() {
    String told = PyTorch.describe();
    assertThat(told)
        .matches(
            "PyTorch \\d+\\.\\d+\\.\\d+ \\(DJL .+\\), (cpu with \\w+|gpu\\(0\\)), 1 thread;"
                + " libtorch from /.+; (\\d+ GPUs? usable|no GPU usable: ).*");
    assertThat(Path.of(told.replaceAll(".*libtorch from (.+?); .*", "$1")))
        .isDirectoryContaining("glob:**" + System.mapLibraryName("torch"));
  }

  @Test
  void tellsWhyNoGpuIsUsable(@TempDir Path library) throws IOException {
    assertThat(PyTorch.gpus(0, library, null))
        .isEqualTo("no GPU usable: this libtorch has no CUDA");
    Files.createFile(library.resolve(System.mapLibraryName("torch_cuda")));
    assertThat(PyTorch.gpus(0, library, null)).isEqualTo("no GPU usable: CUDA finds none");
    assertThat(PyTorch.gpus(0, library, ""))
        .isEqualTo("no GPU usable: CUDA finds none (CUDA_VISIBLE_DEVICES=)");
    assertThat(PyTorch.gpus(1, library, "3")).isEqualTo("1 GPU usable (CUDA_VISIBLE_DEVICES=3)");
    assertThat(PyTorch.gpus(2, library, null)).isEqualTo("2 GPUs usable");
  }
}
