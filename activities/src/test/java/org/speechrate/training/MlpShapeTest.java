package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;

class MlpShapeTest {
  private final MlpShape shape = MlpShape.of(3, List.of(2), false);

  @Test
  void liesLayerByLayerWeightThenBias() {
    // fc1: 2 × 3 weights and 2 biases, fc2: 1 × 2 and 1.
    assertThat(shape.size()).isEqualTo(6 + 2 + 2 + 1);
    assertThat(shape.offset(1)).isEqualTo(8);
    var tensors = shape.tensors(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    assertThat(tensors.keySet())
        .containsExactly("fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight");
    assertThat(tensors.get("fc1.weight").shape()).containsExactly(2, 3);
    assertThat(tensors.get("fc1.bias").values()).containsExactly(7, 8);
    assertThat(tensors.get("fc2.weight").shape()).containsExactly(1, 2);
    assertThat(tensors.get("fc2.bias").values()).containsExactly(11);
  }

  @Test
  void beginsAsPyTorchDoesUniformWithinOneOverTheRootOfTheInputs() {
    MlpShape wide = MlpShape.of(100, List.of(400), false);
    float[] initial = wide.initial(0);
    double sum = 0;
    double squares = 0;
    float largest = 0;
    for (int i = 0; i < wide.offset(1); i++) {
      sum += initial[i];
      squares += initial[i] * initial[i];
      largest = Math.max(largest, Math.abs(initial[i]));
    }
    // 40,400 draws within ±1/√100 = ±0.1: mean 0, variance 0.1² / 3.
    assertThat(sum / wide.offset(1)).isBetween(-0.001, 0.001);
    assertThat(squares / wide.offset(1)).isBetween(0.0032, 0.0035);
    assertThat(largest).isBetween(0.0999f, 0.1f);
    for (int i = wide.offset(1); i < wide.size(); i++) {
      assertThat(initial[i]).isBetween(-0.05f, 0.05f);
    }
    assertThat(wide.initial(0)).containsExactly(initial);
    assertThat(wide.initial(1)).doesNotContain(initial[0]);
  }

  @Test
  void joinedNetworksAnswerTheirMean() {
    for (MlpShape shape :
        List.of(
            MlpShape.of(3, List.of(), true),
            MlpShape.of(3, List.of(4), false),
            MlpShape.of(3, List.of(4, 2, 5), true))) {
      int size = shape.size();
      float[] all = new float[3 * size];
      for (int network = 0; network < 3; network++) {
        System.arraycopy(shape.initial(network), 0, all, network * size, size);
      }
      float[][] x = {{1, -2, 3}, {0.5f, 7, -1}};
      double[] mean = new double[2];
      for (int network = 0; network < 3; network++) {
        float[] one = Arrays.copyOfRange(all, network * size, (network + 1) * size);
        float[] its = model(shape, one).predict(x);
        mean[0] += its[0] / 3.0;
        mean[1] += its[1] / 3.0;
      }
      float[] joined = model(shape.wide(3), shape.joined(all)).predict(x);
      assertThat((double) joined[0]).isEqualTo(mean[0], within(1e-6));
      assertThat((double) joined[1]).isEqualTo(mean[1], within(1e-6));
      assertThat(shape.joined(shape.initial(7))).containsExactly(shape.initial(7));
    }
  }

  private static SpeechRateModel model(MlpShape shape, float[] parameters) {
    return SpeechRateModel.of(new SafeTensors(shape.tensors(parameters), Map.of()));
  }

  @Test
  void theGeneratorIsSplitMix64AsPublished() {
    // The first numbers of the reference implementation for seed 1234567.
    SplitMix64 random = new SplitMix64(1234567);
    assertThat(random.nextLong()).isEqualTo(6457827717110365317L);
    assertThat(random.nextLong()).isEqualTo(3203168211198807973L);
  }

  @Test
  void anEpochUsesEachSampleOnceInAnOrderOfSeedEpochAndNumber() {
    int[] order = MlpTrainer.order(5, 1, 100);
    assertThat(order.clone())
        .containsExactlyInAnyOrder(java.util.stream.IntStream.range(0, 100).toArray());
    assertThat(MlpTrainer.order(5, 1, 100)).containsExactly(order);
    assertThat(MlpTrainer.order(5, 2, 100)).isNotEqualTo(order);
    assertThat(MlpTrainer.order(6, 1, 100)).isNotEqualTo(order);
    assertThat(order).isNotEqualTo(java.util.stream.IntStream.range(0, 100).toArray());
  }
}
