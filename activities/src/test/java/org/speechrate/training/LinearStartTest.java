package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LinearStartTest {
  private static final int D = TestStages.DIMENSION;

  private static SplitRows rows(int from, int count, int... groups) {
    float[] x = new float[count * D];
    double[] cps = new double[count];
    for (int i = 0; i < count; i++) {
      System.arraycopy(TestStages.embedding(from + i), 0, x, i * D, D);
      cps[i] = TestStages.cps(from + i);
    }
    ArrayRows rows = new ArrayRows(D, x, cps);
    return groups.length == 0 ? rows : grouped(rows, groups);
  }

  private static SplitRows grouped(ArrayRows rows, int... groups) {
    return new SplitRows() {
      @Override
      public int count() {
        return rows.count();
      }

      @Override
      public int dimension() {
        return rows.dimension();
      }

      @Override
      public void gather(int[] order, int from, int to, java.nio.FloatBuffer into) {
        rows.gather(order, from, to, into);
      }

      @Override
      public double[] cps() {
        return rows.cps();
      }

      @Override
      public int[] groups() {
        return groups;
      }
    };
  }

  @Test
  void ridgeFindsALinearFunctionAndLeavesWhatItCannotExplain() throws IOException {
    TrainingData data = new TrainingData(rows(0, 60), rows(60, 20));
    LinearStart start = LinearStart.ridge(data);
    // cps is 12 + 2 × the first value - the second, and a little noise.
    assertThat(start.weights()).containsExactly(new float[] {2, -1, 0, 0}, within(0.1f));
    assertThat(start.intercept()).isEqualTo(12, within(0.1));
    double[] rest = start.rest(data).dev().cps();
    for (int i = 0; i < rest.length; i++) {
      float[] x = TestStages.embedding(60 + i);
      double linear = start.intercept();
      for (int j = 0; j < D; j++) {
        linear += (double) start.weights()[j] * x[j];
      }
      assertThat(rest[i]).isEqualTo(TestStages.cps(60 + i) - linear, within(1e-12));
    }
    assertThat(Arrays.stream(rest).map(Math::abs).max().orElseThrow()).isBetween(0.01, 0.3);
  }

  /** Where dev goes the other way, what predicts it best is next to nothing. */
  @Test
  void devTakesPartInTheChoiceOfThePenalty() throws IOException {
    SplitRows train = rows(0, 60);
    SplitRows dev = rows(60, 2000);
    double[] turned = Arrays.stream(dev.cps()).map(cps -> 24 - cps).toArray();
    float[] x = new float[2000 * D];
    for (int i = 0; i < 2000; i++) {
      System.arraycopy(TestStages.embedding(60 + i), 0, x, i * D, D);
    }
    LinearStart start = LinearStart.ridge(new TrainingData(train, new ArrayRows(D, x, turned)));
    assertThat(start.weights()[0]).isBetween(0f, 0.01f);
  }

  @Test
  void oneSpeakerIsSplitByUtterances() throws IOException {
    SplitRows one = rows(0, 60, new int[60]);
    SplitRows each = rows(0, 60, IntStream.range(0, 60).toArray());
    assertThat(LinearStart.ridge(new TrainingData(one, rows(60, 5))).weights())
        .containsExactly(LinearStart.ridge(new TrainingData(each, rows(60, 5))).weights());
    // Numbers that would all fall into one fold.
    int[] fives = IntStream.range(0, 60).map(i -> i % 6 * 5).toArray();
    assertThat(LinearStart.ridge(new TrainingData(rows(0, 60, fives), rows(60, 5))).isPresent())
        .isTrue();
  }

  @Test
  void beginsWithNothingWhereThereIsHardlyARow() throws IOException {
    TrainingData data = new TrainingData(rows(0, 2), rows(60, 5));
    LinearStart start = LinearStart.ridge(data);
    assertThat(start.isPresent()).isFalse();
    assertThat(start.rest(data)).isSameAs(data);
  }
}
