package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.speechrate.pipeline.sweep.SweepSpec;
import org.speechrate.pipeline.sweep.Variant;

class SweepSpecReaderTest {
  private static List<Map<String, Object>> choices(String json) {
    return SweepSpecReader.read(json).variants().stream().map(Variant::choices).toList();
  }

  @Test
  void nothingIsASmallGridOnTheSample() {
    SweepSpec spec = SweepSpecReader.read("");

    assertThat(spec.variants()).hasSize(6);
    assertThat(spec.variants().get(0).choices())
        .isEqualTo(Map.of("training.learningRate", 0.0002, "training.hidden", List.of(64)));
    assertThat(spec.variants().get(0).spec().corpus().root()).contains("data/sample/corpus");
    assertThat(spec.rungs()).isEmpty();
    assertThat(spec.publish()).isFalse();
  }

  @Test
  void gridIsEveryCombinationAndTheLastFieldTurnsFastest() {
    assertThat(
            choices(
                "{\"sweep\": {\"grid\": {\"training.hidden\": [[64], [128, 32]], \"training.seed\":"
                    + " [0, 1]}}}"))
        .containsExactly(
            Map.of("training.hidden", List.of(64), "training.seed", 0),
            Map.of("training.hidden", List.of(64), "training.seed", 1),
            Map.of("training.hidden", List.of(128, 32), "training.seed", 0),
            Map.of("training.hidden", List.of(128, 32), "training.seed", 1));
  }

  @Test
  void variantIsTheRunThatItsInputGives() {
    SweepSpec spec =
        SweepSpecReader.read(
            "{\"labels\": {\"directory\": \"l\"}, \"training\": {\"epochs\": 7}, \"publishing\":"
                + " {\"model\": \"best\"}, \"sweep\": {\"list\": [{\"embeddings.path\": \"a.npz\","
                + " \"training.seed\": 5}, {\"embeddings\": {\"source\": \"npz\", \"path\":"
                + " \"b.npz\"}}]}}");

    Variant first = spec.variants().get(0);
    assertThat(first.spec()).isEqualTo(RunSpecReader.read(first.input().toString()));
    assertThat(first.input().has("sweep")).isFalse();
    assertThat(first.spec().embeddings().path()).contains("a.npz");
    assertThat(first.spec().training().epochs()).isEqualTo(7);
    assertThat(first.spec().training().seed()).isEqualTo(5);
    assertThat(spec.variants().get(1).spec().embeddings().path()).contains("b.npz");
    assertThat(spec.publish()).isTrue();
  }

  @Test
  void equalVariantsAreTrainedOnce() {
    assertThat(choices("{\"sweep\": {\"grid\": {\"training.seed\": [3, 4, 3]}}}")).hasSize(2);
  }

  @Test
  void moreDrawsBeginWithTheSameVariants() {
    String draws =
        "{\"sweep\": {\"random\": {\"draws\": %d, \"training.learningRate\": {\"log\": [1e-4, 1e-2]},"
            + " \"training.dropout\": {\"uniform\": [0, 0.5]}, \"training.hidden\": [[64],"
            + " [128]]}}}";
    List<Map<String, Object>> ten = choices(String.format(draws, 10));
    List<Map<String, Object>> thirty = choices(String.format(draws, 30));

    assertThat(thirty).hasSize(30);
    assertThat(thirty.subList(0, 10)).isEqualTo(ten);
    assertThat(thirty)
        .allSatisfy(
            choice -> {
              assertThat((Double) choice.get("training.learningRate")).isBetween(1e-4, 1e-2);
              assertThat((Double) choice.get("training.dropout")).isBetween(0.0, 0.5);
            });
    assertThat(thirty.stream().filter(c -> (Double) c.get("training.learningRate") < 1e-3).count())
        .isBetween(10L, 20L);
  }

  @Test
  void lastRungIsTheWholeTraining() {
    SweepSpec spec = SweepSpecReader.read("{\"sweep\": {\"halving\": {\"rungs\": [10, 30, 90]}}}");

    assertThat(spec.rungs()).containsExactly(10, 30, 90);
    assertThat(spec.eta()).isEqualTo(3);
    assertThat(spec.variants())
        .allSatisfy(variant -> assertThat(variant.spec().training().epochs()).isEqualTo(90));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"swep\": {}}|swep is not a known field; known here: sweep, corpus",
        "{\"sweep\": 3}|sweep must be an object, got 3",
        "{\"sweep\": {\"gird\": {}}}|sweep.gird is not a known field; known here: grid, list,"
            + " random, halving",
        "{\"sweep\": {\"grid\": {}, \"list\": []}}|sweep takes one of grid, list and random, got grid"
            + " and list",
        "{\"sweep\": {\"grid\": {\"labels.directory\": [\"a\"]}}}|sweep.grid: \"labels.directory\""
            + " cannot be varied",
        "{\"sweep\": {\"grid\": {\"training.seed\": 1}}}|sweep.grid.training.seed must be a list of"
            + " one or more values, got 1",
        "{\"sweep\": {\"grid\": {\"training.seed\": []}}}|sweep.grid.training.seed must be a list of"
            + " one or more values, got []",
        "{\"sweep\": {\"grid\": {\"training.sed\": [1]}}}|training.sed is not a known field",
        "{\"sweep\": {\"grid\": {\"training.learningRate\": [11]}}}|training.learningRate must be a"
            + " number above 0 and at most 10, got 11",
        "{\"sweep\": {\"list\": [1]}}|sweep.list[0] must be an object such as",
        "{\"sweep\": {\"list\": []}}|sweep.list must be a list of one or more values, got []",
        "{\"sweep\": {\"random\": {\"training.seed\": [1]}}}|sweep.random.draws is needed",
        "{\"sweep\": {\"random\": {\"draws\": 2}}}|sweep.random must name what is drawn",
        "{\"sweep\": {\"random\": {\"draws\": 1001, \"training.seed\":"
            + " [1]}}}|sweep.random.draws must be a whole number from 1 to 1000, got 1001",
        "{\"sweep\": {\"random\": {\"draws\": 2, \"training.learningRate\": {\"log\": [0,"
            + " 1]}}}}|sweep.random.training.learningRate must be a range of two rising numbers, both"
            + " above 0",
        "{\"sweep\": {\"random\": {\"draws\": 2, \"training.learningRate\": {\"lin\": [0,"
            + " 1]}}}}|sweep.random.training.learningRate must be a list of values",
        "{\"sweep\": {\"halving\": {}}}|sweep.halving.rungs is needed",
        "{\"sweep\": {\"halving\": {\"rungs\": [10, 10]}}}|sweep.halving.rungs must rise",
        "{\"sweep\": {\"halving\": {\"rungs\": [10, 20], \"eta\": 1}}}|sweep.halving.eta must be a"
            + " whole number from 2 to 100, got 1",
        "{\"training\": {\"epochs\": 5}, \"sweep\": {\"halving\": {\"rungs\": [10,"
            + " 20]}}}|training.epochs has no meaning beside sweep.halving.rungs",
        "{\"training\": 5, \"sweep\": {\"grid\": {\"training.seed\": [1]}}}|training must be an"
            + " object, got 5",
        "{\"sweep\": {\"grid\": {\"embeddings\": [5], \"embeddings.path\": [\"a\"]}}}|embeddings"
            + " must be an object, got 5",
        "{\"training\": {\"crossValidation\": 5}}|training.crossValidation cannot be used in a sweep,"
            + " which judges its variants by dev MSE; cross-validate its best one in a run of its own",
        "nonsense|the input is not valid JSON",
      })
  void slipOfThePenIsRefusedInOneLine(String json, String line) {
    assertThatThrownBy(() -> SweepSpecReader.read(json))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(line);
  }

  @Test
  void thousandVariantsAreTheMost() {
    String seeds =
        java.util.stream.IntStream.range(0, 1001)
            .mapToObj(Integer::toString)
            .collect(java.util.stream.Collectors.joining(","));

    assertThatThrownBy(
            () ->
                SweepSpecReader.read(
                    "{\"sweep\": {\"grid\": {\"training.seed\": [" + seeds + "]}}}"))
        .hasMessage("sweep.grid gives more than 1000 variants");
  }
}
