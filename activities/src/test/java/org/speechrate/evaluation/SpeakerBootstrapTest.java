package org.speechrate.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.speechrate.evaluation.SpeakerBootstrap.Comparison;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.Scores;

class SpeakerBootstrapTest {
  private static final double EXACT = 1e-9;

  private static Comparison of(int rounds, double about, Object... speakerLabelPredicted) {
    SplitPredictions split = new SplitPredictions("test", about, 1);
    for (int i = 0; i < speakerLabelPredicted.length; i += 3) {
      split.add(
          (String) speakerLabelPredicted[i],
          (Integer) speakerLabelPredicted[i + 1],
          (Integer) speakerLabelPredicted[i + 2]);
    }
    return new SpeakerBootstrap(rounds, 0).compare(split);
  }

  private static List<Score> all(Scores scores) {
    return List.of(
        scores.mse(),
        scores.mae(),
        scores.rmse(),
        scores.r2(),
        scores.pearson(),
        scores.spearman());
  }

  @Test
  void metricsByHand() {
    // Errors 1, -2, 0: squares 1 + 4 + 0, MSE 5/3, MAE 1.
    // Own mean 12, squares about it 4 + 0 + 4 = 8: R² = 1 - 5/8.
    // Predictions 11, 10, 14, mean 35/3: products -2 · -2/3 + 0 + 2 · 7/3 = 6; squares 78/9:
    // Pearson 6 / √(8 · 78/9). Ranks 1, 2, 3 and 2, 1, 3: 1 - 6 · 2 / (3 · 8) = 0.5.
    Scores scores = of(0, 3, "a", 10, 11, "a", 12, 10, "b", 14, 14).scores().get(0);
    assertThat(scores.mse().value().orElseThrow()).isEqualTo(5 / 3.0, within(1e-12));
    assertThat(scores.mae().value().orElseThrow()).isEqualTo(1, within(1e-12));
    assertThat(scores.rmse().value().orElseThrow()).isEqualTo(Math.sqrt(5 / 3.0), within(1e-12));
    assertThat(scores.r2().value().orElseThrow()).isEqualTo(0.375, within(1e-12));
    assertThat(scores.pearson().value().orElseThrow())
        .isEqualTo(6 / Math.sqrt(8 * 78 / 9.0), within(1e-12));
    assertThat(scores.spearman().value().orElseThrow()).isEqualTo(0.5, within(1e-12));
    assertThat(scores.mse().interval()).isEmpty();
    assertThat(scores.mse().reason())
        .contains("no interval was asked for: evaluation.bootstrap is 0");
  }

  @Test
  void intervalsOfTwoSpeakersReachFromTheOneToTheOther() {
    // a alone has MSE 1, b alone 9, both 5: each alone comes in a quarter of the rounds.
    Score mse = of(1000, 12, "a", 10, 11, "b", 14, 17).scores().get(0).mse();
    assertThat(mse.value()).contains(5.0);
    assertThat(mse.interval()).contains(new Interval(1, 9));
    assertThat(mse.reason()).isEmpty();
  }

  /** Values and intervals of the same draws, by scikit-learn, scipy and numpy. */
  @Test
  void agreesWithScikitLearnAndScipy() throws IOException {
    JsonNode golden = golden("metrics.json");
    SpeakerBootstrap bootstrap =
        new SpeakerBootstrap(golden.get("rounds").asInt(), golden.get("seed").asLong());
    assertThat(golden.get("cases")).hasSize(5);
    for (JsonNode each : golden.get("cases")) {
      String name = each.get("name").asText();
      JsonNode labels = each.get("labels");
      double sum = 0;
      for (JsonNode label : labels) {
        sum += label.asDouble();
      }
      SplitPredictions split = new SplitPredictions("test", sum / labels.size(), 2);
      for (int i = 0; i < labels.size(); i++) {
        split.add(
            each.get("speakers").get(i).asText(),
            labels.get(i).asDouble(),
            each.get("model").get(i).asDouble(),
            each.get("other").get(i).asDouble());
      }
      Comparison comparison = bootstrap.compare(split);
      List<Scores> scores =
          List.of(comparison.scores().get(0), comparison.scores().get(1), comparison.less().get(0));
      for (int k = 0; k < 3; k++) {
        for (int m = 0; m < 6; m++) {
          Score score = all(scores.get(k)).get(m);
          String what = name + ", predictor " + k + ", metric " + m;
          JsonNode value = each.get("values").get(k).get(m);
          assertThat(score.value().isPresent()).as(what).isEqualTo(!value.isNull());
          assertThat(score.reason().isPresent()).as(what).isEqualTo(value.isNull());
          if (!value.isNull()) {
            close(score.value().get(), value, what);
            JsonNode interval = each.get("intervals").get(k).get(m);
            close(score.interval().orElseThrow().low(), interval.get(0), what + ", low");
            close(score.interval().orElseThrow().high(), interval.get(1), what + ", high");
          }
        }
      }
    }
  }

  private static void close(double ours, JsonNode golden, String what) {
    double theirs = golden.asDouble();
    assertThat(ours).as(what).isEqualTo(theirs, within(EXACT * Math.max(1, Math.abs(theirs))));
  }

  static JsonNode golden(String name) throws IOException {
    try (InputStream json = SpeakerBootstrapTest.class.getResourceAsStream("/evaluation/" + name)) {
      return new ObjectMapper().readTree(json);
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameNumbers() throws ExecutionException, InterruptedException {
    ForkJoinPool one = new ForkJoinPool(1);
    ForkJoinPool four = new ForkJoinPool(4);
    try {
      Comparison alone = one.submit(SpeakerBootstrapTest::some).get();
      assertThat(four.submit(SpeakerBootstrapTest::some).get()).isEqualTo(alone);
      assertThat(some()).isEqualTo(alone);
    } finally {
      one.shutdown();
      four.shutdown();
    }
  }

  private static Comparison some() {
    SplitPredictions split = new SplitPredictions("test", 12, 2);
    for (int i = 0; i < 200; i++) {
      split.add("s" + i % 9, 12 + Math.sin(i), 12 + Math.sin(i + 0.5), 12 + Math.sin(2 * i));
    }
    return new SpeakerBootstrap(200, 1).compare(split);
  }

  @Test
  void drawsSpeakersNotUtterances() {
    // Two speakers whose predictions miss by 1 and by 3, whatever the number of utterances.
    SplitPredictions split = new SplitPredictions("test", 12, 1);
    for (int i = 0; i < 500; i++) {
      split.add(i % 2 == 0 ? "a" : "b", 12 + i % 5, 12 + i % 5 + (i % 2 == 0 ? 1 : 3));
    }
    assertThat(new SpeakerBootstrap(1000, 0).compare(split).scores().get(0).mse().interval())
        .contains(new Interval(1, 9));
  }

  @Test
  void whatIsUndefinedHasAReasonInsteadOfANumber() {
    Scores one = of(100, 10, "a", 10, 11).scores().get(0);
    assertThat(one.mse().value()).contains(1.0);
    assertThat(one.mse().interval()).isEmpty();
    assertThat(one.mse().reason())
        .contains("an interval needs at least 2 speakers, the test split has 1");
    assertThat(one.r2().value()).isEmpty();
    assertThat(one.r2().reason()).contains("R² needs at least 2 utterances, there is 1");
    assertThat(one.spearman().reason())
        .contains("a correlation needs at least 2 utterances, there is 1");

    Scores equal = of(100, 10, "a", 10, 11, "b", 10, 12).scores().get(0);
    assertThat(equal.r2().reason())
        .contains("R² needs labels that differ, all 2 are 10.0 letters/s");
    assertThat(equal.pearson().value()).isEmpty();
    assertThat(equal.mse().interval()).contains(new Interval(1, 4));

    Scores constant = of(100, 10, "a", 10, 11, "b", 14, 11).scores().get(0);
    assertThat(constant.r2().value()).isPresent();
    assertThat(constant.pearson().reason())
        .contains("a correlation needs predictions that differ, all 2 are the same");
    assertThat(constant.spearman().value()).isEmpty();
    // Half of the rounds draw one speaker twice, whose labels are all the same.
    assertThat(constant.r2().interval()).isEmpty();
    assertThat(constant.r2().reason().orElseThrow())
        .startsWith("an interval needs speakers that differ: it is undefined in ")
        .endsWith(" of 100 rounds");

    assertThat(of(100, 10, "a", 10, 11, "", 12, 12).scores().get(0).mse().reason())
        .contains("an interval needs speakers, and they are not known");
    assertThatThrownBy(() -> of(100, 10))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("there are no metrics of 0 utterances");
  }

  @Test
  void moreThanASmallHeapHoldsHasNoRanksAndNoSpeakers() {
    SplitPredictions split = new SplitPredictions("train", 12, 1);
    for (int i = 0; i <= SplitPredictions.MOST_RANKED; i++) {
      split.add("s" + i / 5, 12 + i % 7, 12 + i % 3);
    }
    Scores scores = new SpeakerBootstrap(100, 0).compare(split).scores().get(0);
    assertThat(scores.spearman().value()).isEmpty();
    assertThat(scores.spearman().reason())
        .contains("ranks are made of at most 1,000,000 utterances, the train split has 1,000,001");
    assertThat(scores.pearson().value()).isPresent();
    assertThat(scores.mse().reason())
        .contains("an interval is made for at most 100,000 speakers, the train split has more");

    SplitPredictions fewer = new SplitPredictions("train", 12, 1);
    for (int i = 0; i <= SpeakerBootstrap.MOST_RANKED; i++) {
      fewer.add("s" + i % 5, 12 + i % 7, 12 + i % 3);
    }
    Score spearman = new SpeakerBootstrap(100, 0).compare(fewer).scores().get(0).spearman();
    assertThat(spearman.value()).isPresent();
    assertThat(spearman.reason())
        .contains(
            "ranks for an interval are made of at most 200,000 utterances, the train split has"
                + " 200,001");
  }
}
