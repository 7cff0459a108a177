package org.speechrate.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeechRateModelTest {
  @TempDir Path folder;

  /** Two inputs, two hidden values: h = relu([a + 2b + 1, a - b]), cps = 3 h1 + 10 h2 + 4. */
  private static Map<String, Tensor> weights() {
    return new TreeMap<>(
        Map.of(
            "fc1.weight", tensor(List.of(2, 2), 1, 2, 1, -1),
            "fc1.bias", tensor(List.of(2), 1, 0),
            "fc2.weight", tensor(List.of(1, 2), 3, 10),
            "fc2.bias", tensor(List.of(1), 4)));
  }

  private static Tensor tensor(List<Integer> shape, float... values) {
    return new Tensor(shape, values);
  }

  private static SpeechRateModel model(Map<String, Tensor> weights) {
    return SpeechRateModel.of(new SafeTensors(weights, Map.of()));
  }

  @Test
  void predictsEachRowByHand() {
    // a=1, b=2: h = relu([6, -1]) = [6, 0], cps = 18 + 0 + 4 = 22.
    // a=3, b=1: h = relu([6, 2]), cps = 18 + 20 + 4 = 42.
    // a=-5, b=0: h = relu([-4, -5]) = [0, 0], cps = 4.
    assertThat(model(weights()).predict(new float[][] {{1, 2}, {3, 1}, {-5, 0}}))
        .containsExactly(22, 42, 4);
    assertThat(model(weights()).predict(new float[0][])).isEmpty();
  }

  @Test
  void takesAnyNumberOfLayers() {
    SpeechRateModel line =
        model(
            Map.of("fc1.weight", tensor(List.of(1, 2), 1, 2), "fc1.bias", tensor(List.of(1), -10)));
    assertThat(line.layers()).containsExactly(2, 1);
    // No ReLU behind the last layer: 1 + 4 - 10 = -5.
    assertThat(line.predict(new float[][] {{1, 2}})).containsExactly(-5);

    Map<String, Tensor> deep = weights();
    deep.put("fc2.weight", tensor(List.of(1, 2), 1, 1));
    deep.put("fc2.bias", tensor(List.of(1), -8));
    deep.put("fc3.weight", tensor(List.of(1, 1), 5));
    deep.put("fc3.bias", tensor(List.of(1), 2));
    assertThat(model(deep).layers()).containsExactly(2, 2, 1, 1);
    // a=3, b=1: h = [6, 2], relu(6 + 2 - 8) = 0, cps = 2; a=4, b=1: relu(7 + 3 - 8) = 2, cps = 12.
    assertThat(model(deep).predict(new float[][] {{3, 1}, {4, 1}})).containsExactly(2, 12);
  }

  @Test
  void appliesTheActivationThatTheMetadataNames() {
    Map<String, Tensor> weights = weights();
    SafeTensors gelu = new SafeTensors(weights, Map.of("activation", "gelu"));
    SafeTensors tanh = new SafeTensors(weights, Map.of("activation", "tanh"));
    SafeTensors relu = new SafeTensors(weights, Map.of("activation", "relu"));
    // a=-0.5, b=0: 3 f(0.5) + 10 f(-0.5) + 4; gelu(0.5) = 0.5 Φ(0.5) = 0.5 · 0.6914624613, and
    // gelu(-0.5) = -0.5 · 0.3085375387; tanh(0.5) = 0.4621171573.
    float[][] x = {{-0.5f, 0}};
    assertThat(SpeechRateModel.of(gelu).predict(x)[0])
        .isEqualTo((float) (1.5 * 0.6914624613 - 5 * 0.3085375387 + 4));
    assertThat(SpeechRateModel.of(tanh).predict(x)[0]).isEqualTo((float) (-7 * 0.4621171573 + 4));
    assertThat(SpeechRateModel.of(relu).predict(x)).containsExactly(5.5f);
    assertThatThrownBy(
            () -> SpeechRateModel.of(new SafeTensors(weights, Map.of("activation", "swish"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("metadata activation must be relu, gelu or tanh, got swish");
  }

  @Test
  void addsTheLinearPath() {
    Map<String, Tensor> weights = weights();
    weights.put("linear.weight", tensor(List.of(1, 2), 100, 1000));
    assertThat(model(weights).layers()).containsExactly(2, 2, 1);
    // 22 and 42 without it.
    assertThat(model(weights).predict(new float[][] {{1, 2}, {3, 1}}))
        .containsExactly(22 + 2100, 42 + 1300);
    refuses("linear.weight", tensor(List.of(2), 1, 2), "linear.weight must be [1, 2], got [2]");
    refuses(
        "linear.weight",
        tensor(List.of(1, 2), 1, Float.NaN),
        "linear.weight must be finite, value 1 is NaN");
  }

  @Test
  void loadsAVersionFolderOrAFile() throws IOException {
    Path file = folder.resolve(SpeechRateModel.FILE);
    Files.write(file, new SafeTensors(weights(), Map.of()).toBytes());
    assertThat(SpeechRateModel.load(folder).dimension()).isEqualTo(2);
    assertThat(SpeechRateModel.load(file).predict(new float[][] {{1, 2}})).containsExactly(22);
    assertThatThrownBy(() -> SpeechRateModel.load(folder.resolve("nothing")))
        .isInstanceOf(IOException.class)
        .hasMessage(
            folder.resolve("nothing")
                + " does not exist; load takes the folder of a version, or its model.safetensors");
  }

  @Test
  void refusesEmbeddingsThatItCannotUse() {
    SpeechRateModel model = model(weights());
    assertThatThrownBy(() -> model.predict(new float[][] {{1, 2}, {1, 2, 3}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("embedding 1 must have 2 values, got 3");
    assertThatThrownBy(() -> model.predict(new float[][] {{1, Float.NaN}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("embedding 0 must be finite, value 1 is NaN");
  }

  @Test
  void refusesWeightsThatAreNoModel() throws IOException {
    refuses("fc2.weight", tensor(List.of(1, 3), 1, 2, 3), "fc2.weight must take 2 inputs");
    refuses("fc1.bias", tensor(List.of(3), 1, 2, 3), "fc1.bias must be [2], got [3]");
    refuses("fc1.weight", tensor(List.of(4), 1, 2, 3, 4), "fc1.weight must be [outputs, inputs]");
    refuses(
        "fc1.bias",
        tensor(List.of(2), 1, Float.POSITIVE_INFINITY),
        "fc1.bias must be finite, value 1 is Infinity");
    refuses("other", tensor(List.of(1), 1), "a weight and a bias for each layer are needed");

    Map<String, Tensor> open = weights();
    open.remove("fc2.weight");
    open.remove("fc2.bias");
    assertThatThrownBy(() -> model(open)).hasMessage("the last layer must give 1 value, got 2");

    Path file = folder.resolve("m.safetensors");
    Files.write(file, new SafeTensors(open, Map.of()).toBytes());
    assertThatThrownBy(() -> SpeechRateModel.load(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " holds no speech-rate model: the last layer must give 1 value, got 2");
  }

  private static void refuses(String name, Tensor tensor, String words) {
    Map<String, Tensor> weights = weights();
    weights.put(name, tensor);
    assertThatThrownBy(() -> model(weights))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words);
  }

  @Test
  void staysAccurateWhereFloatSumsWouldNot() {
    // 1e8 + 1 - 1e8 is 0 in float, 1 in double.
    SpeechRateModel line =
        model(
            Map.of(
                "fc1.weight", tensor(List.of(1, 3), 1, 1, 1), "fc1.bias", tensor(List.of(1), 0)));
    assertThat(line.predict(new float[][] {{1e8f, 1, -1e8f}})).containsExactly(1);
  }
}
