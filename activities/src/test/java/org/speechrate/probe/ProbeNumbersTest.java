package org.speechrate.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.probe.DescriptionLength;
import org.speechrate.stage.StageMonitor;

/** Against numpy and scikit-learn, see make_probe.py beside golden.json. */
class ProbeNumbersTest {
  private static JsonNode golden;
  private static ProbeSamples.Part samples;
  private static Features features;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream in = ProbeNumbersTest.class.getResourceAsStream("/probe/golden.json")) {
      golden = new ObjectMapper().readTree(in);
    }
    int[] groups = Arrays.stream(numbers("groups")).mapToInt(each -> (int) each).toArray();
    samples =
        new ProbeSamples.Part(
            IntStream.range(0, groups.length).toArray(), numbers("cps"), groups, Optional.of(13));
    JsonNode x = golden.get("x");
    features =
        new Features() {
          @Override
          public int dimension() {
            return x.get(0).size();
          }

          @Override
          public void read(int row, float[] into) {
            for (int i = 0; i < into.length; i++) {
              into[i] = (float) x.get(row).get(i).doubleValue();
            }
          }
        };
  }

  private static double[] numbers(String field) {
    return numbers(golden.get(field));
  }

  private static double[] numbers(JsonNode list) {
    return IntStream.range(0, list.size()).mapToDouble(i -> list.get(i).doubleValue()).toArray();
  }

  @Test
  void blocksEndWithSpeakers() {
    assertThat(OnlineCode.ends(samples).stream().mapToDouble(end -> end).toArray())
        .isEqualTo(numbers("ends"));
  }

  @Test
  void descriptionLengthIsTheScripts() {
    DescriptionLength description =
        OnlineCode.ofOrdered(features, samples, StageMonitor.silent(), "layer");

    assertThat(description.bits().orElseThrow())
        .isCloseTo(golden.get("bits").doubleValue(), within(1e-9));
    assertThat(description.constantBits().orElseThrow())
        .isCloseTo(golden.get("constantBits").doubleValue(), within(1e-9));
    assertThat(description.compression().orElseThrow())
        .isCloseTo(
            golden.get("constantBits").doubleValue() / golden.get("bits").doubleValue(),
            within(1e-9));
  }

  @Test
  void orderOfSpeakersIsTheSeeds() {
    ProbeSamples.Part ordered = OnlineCode.ordered(samples, 3);

    assertThat(ordered.groups()).isSorted();
    assertThat(ordered.rows()).isNotEqualTo(samples.rows());
    assertThat(ordered.rows()).containsExactlyInAnyOrder(samples.rows());
    assertThat(OnlineCode.ordered(samples, 3).rows()).isEqualTo(ordered.rows());
    for (int i = 0; i < ordered.count(); i++) {
      assertThat(ordered.cps()[i]).isEqualTo(samples.cps()[ordered.rows()[i]]);
    }
  }

  @Test
  void heldOutCorrelationIsTheScripts() {
    Score correlation = HeldOutCorrelation.of(features, samples, StageMonitor.silent(), "layer");

    assertThat(correlation.value().orElseThrow())
        .isCloseTo(golden.get("correlation").doubleValue(), within(1e-9));
  }

  @Test
  void weightsAreTheLeastSquaresOverASimplex() {
    JsonNode gram = golden.get("gram");
    double[][] matrix = new double[gram.size()][];
    Arrays.setAll(matrix, i -> numbers(gram.get(i)));
    double[] weights =
        LayerSum.simplexLeastSquares(
            matrix, numbers("withTarget"), new double[] {0.25, 0.25, 0.25, 0.25});

    double[] expected = numbers("simplex");
    for (int i = 0; i < weights.length; i++) {
      assertThat(weights[i]).isCloseTo(expected[i], within(1e-3));
    }
    assertThat(Arrays.stream(weights).sum()).isCloseTo(1, within(1e-12));
  }

  @Test
  void whatMakesNoSenseIsAbsentWithAReason() {
    boolean[] few = new boolean[samples.count()];
    Arrays.fill(few, 0, 12, true);
    ProbeSamples.Part twoSpeakers = samples.where(few);
    assertThat(HeldOutCorrelation.of(features, twoSpeakers, StageMonitor.silent(), "l").reason())
        .contains("cross-validation needs at least 3 speakers");
    assertThat(OnlineCode.of(features, twoSpeakers, 0, StageMonitor.silent(), "l").reason())
        .contains(
            "a description needs 2 blocks, the first of at least 2 speakers and 8 utterances");
    double[] constant = new double[samples.count()];
    ProbeSamples.Part same =
        new ProbeSamples.Part(samples.rows(), constant, samples.groups(), Optional.of(13));
    assertThat(OnlineCode.of(features, same, 0, StageMonitor.silent(), "l").reason())
        .contains("a description needs labels that differ");
    assertThat(HeldOutCorrelation.of(features, same, StageMonitor.silent(), "l").reason())
        .contains("a correlation needs labels and projections that differ");
  }
}
