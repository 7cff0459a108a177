package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.training.Recipe;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.StageMonitor;

/** Recipe reference against PyTorch's own training, see make_reference.py among the resources. */
class GoldenTrainingTest {
  private static final int ROWS = 588;
  private static final int DIMENSION = 256;

  private static SplitRows data() {
    SplitMix64 random = new SplitMix64(0, 588);
    float[] x = new float[ROWS * DIMENSION];
    for (int i = 0; i < x.length; i++) {
      x[i] = 2 * random.nextFloat() - 1;
    }
    double[] cps = new double[ROWS];
    for (int i = 0; i < ROWS; i++) {
      int at = i * DIMENSION;
      cps[i] = 12 + 3.0 * x[at] - 2.0 * x[at + 1] + (double) x[at + 2] * x[at + 3];
    }
    return new ArrayRows(DIMENSION, x, cps);
  }

  @Test
  void everyWeightIsThatOfPyTorchAfterTenEpochs() throws IOException, URISyntaxException {
    SafeTensors expected =
        SafeTensors.read(
            Path.of(
                GoldenTrainingTest.class.getResource("/training/reference.safetensors").toURI()));
    TrainingSpec spec = Recipe.REFERENCE.spec();
    TrainingData data = new TrainingData(data(), data());
    MlpShape shape = MlpShape.of(DIMENSION, spec);

    TrainingState state =
        new MlpTrainer(spec, Device.cpu(), System::nanoTime)
            .train(
                data, TrainingState.start(data, spec, shape), reached -> {}, StageMonitor.silent());

    // PyTorch's own last one, as the script prints it.
    assertThat(state.history().get(9).trainMse()).isEqualTo(103.437902, within(1e-3));
    Map<String, Tensor> tensors = shape.tensors(state.adam().parameters());
    assertThat(expected.tensors().keySet()).isEqualTo(tensors.keySet());
    tensors.forEach(
        (name, tensor) ->
            assertThat(tensor.values())
                .as(name)
                .containsExactly(expected.tensor(name).values(), within(1e-4f)));
  }
}
