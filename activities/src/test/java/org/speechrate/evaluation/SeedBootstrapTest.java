package org.speechrate.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.speechrate.evaluation.SeedBootstrap.Trained;
import org.speechrate.pipeline.evaluation.Score;

class SeedBootstrapTest {
  private static final int N = 60;

  private final Random random = new Random(1);
  private final double[] labels = random.doubles(N, 8, 18).toArray();
  private final int[] speakers = random.ints(N, 0, 7).toArray();

  SeedBootstrapTest() {
    for (int i = 0; i < 7; i++) {
      speakers[i] = i;
    }
  }

  private Trained trained(double noise) {
    double[] predictions = labels.clone();
    for (int i = 0; i < N; i++) {
      predictions[i] += noise * random.nextGaussian();
    }
    return new Trained(labels, predictions);
  }

  private SeedBootstrap bootstrap(Optional<int[]> known) {
    return new SeedBootstrap(500, 3, N, known);
  }

  @Test
  void ofOneTrainingItIsTheSpeakersBootstrap() {
    Trained one = trained(2);
    SplitPredictions split = new SplitPredictions("test", 13, 1);
    for (int speaker = 0; speaker < 7; speaker++) {
      for (int i = 0; i < N; i++) {
        if (speakers[i] == speaker) {
          split.add("s" + speaker, labels[i], one.predictions()[i]);
        }
      }
    }
    Score expected = new SpeakerBootstrap(500, 3).compare(split).scores().get(0).r2();
    Score score = bootstrap(Optional.of(speakers)).r2(List.of(one));

    assertThat(score.value().orElseThrow())
        .isCloseTo(expected.value().orElseThrow(), within(1e-12));
    assertThat(score.interval().orElseThrow().low())
        .isCloseTo(expected.interval().orElseThrow().low(), within(1e-9));
    assertThat(score.interval().orElseThrow().high())
        .isCloseTo(expected.interval().orElseThrow().high(), within(1e-9));
  }

  @Test
  void valueIsTheMeanAndSeedsWidenTheInterval() {
    Trained good = trained(0.5);
    Trained bad = trained(3);
    SeedBootstrap bootstrap = bootstrap(Optional.of(speakers));
    Score both = bootstrap.r2(List.of(good, bad));

    assertThat(both.value().orElseThrow())
        .isCloseTo((SeedBootstrap.r2(good) + SeedBootstrap.r2(bad)) / 2, within(1e-12));
    assertThat(both.interval().orElseThrow().low())
        .isLessThan(bootstrap.r2(List.of(good)).interval().orElseThrow().low());
    assertThat(both.interval().orElseThrow().high())
        .isGreaterThan(bootstrap.r2(List.of(bad)).interval().orElseThrow().high());
  }

  @Test
  void differenceOfTheSameIsNothing() {
    Trained one = trained(2);
    Score score = bootstrap(Optional.of(speakers)).difference(List.of(one), List.of(one));

    assertThat(score.value()).contains(0.0);
    assertThat(score.interval().orElseThrow().low()).isZero();
    assertThat(score.interval().orElseThrow().high()).isZero();
  }

  @Test
  void withoutSpeakersSeedsAloneAreDrawn() {
    Trained good = trained(0.5);
    Trained bad = trained(3);
    Score score = bootstrap(Optional.empty()).r2(List.of(good, bad));

    assertThat(score.interval().orElseThrow().low()).isCloseTo(SeedBootstrap.r2(bad), within(1e-9));
    assertThat(score.interval().orElseThrow().high())
        .isCloseTo(SeedBootstrap.r2(good), within(1e-9));
    assertThat(bootstrap(Optional.empty()).r2(List.of(good)).reason())
        .contains("an interval needs speakers, and they are not known");
  }

  @Test
  void whatIsUndefinedHasAReason() {
    double[] same = new double[N];
    Score score =
        bootstrap(Optional.of(speakers)).r2(List.of(new Trained(same, trained(1).predictions())));
    assertThat(score.value()).isEmpty();
    assertThat(score.reason()).contains("R² needs at least 2 utterances with labels that differ");
    assertThat(bootstrap(Optional.of(new int[N])).r2(List.of(trained(1))).reason())
        .contains("an interval needs at least 2 speakers, the test split has 1");
    assertThat(new SeedBootstrap(0, 3, N, Optional.of(speakers)).r2(List.of(trained(1))).reason())
        .contains("no interval was asked for: probe.rounds is 0");
  }
}
