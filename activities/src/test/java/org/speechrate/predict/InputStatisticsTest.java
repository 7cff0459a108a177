package org.speechrate.predict;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.store.Json;
import org.speechrate.training.TestStages;

class InputStatisticsTest {
  private static final int DIMENSION = 32;

  @TempDir Path folder;

  /** Unit vectors around a direction, as encoders give them. */
  private static float[][] unit(int rows, int seed, int direction) {
    Random random = new Random(seed);
    float[][] matrix = new float[rows][DIMENSION];
    for (float[] row : matrix) {
      double norm = 0;
      for (int i = 0; i < DIMENSION; i++) {
        row[i] = (float) (random.nextGaussian() + (i % 2 == direction ? 3 : 0));
        norm += row[i] * row[i];
      }
      for (int i = 0; i < DIMENSION; i++) {
        row[i] /= (float) Math.sqrt(norm);
      }
    }
    return matrix;
  }

  private static float[][] times(float[][] matrix, double factor) {
    for (float[] row : matrix) {
      for (int i = 0; i < row.length; i++) {
        row[i] *= (float) factor;
      }
    }
    return matrix;
  }

  private InputStatistics of(float[][] matrix) throws IOException {
    Path file = Files.createTempFile(folder, "x", ".npy");
    Files.write(file, TestStages.npy(matrix));
    return InputStatistics.of(EmbeddingMatrix.open(file));
  }

  @Test
  void ofAHandfulByHand() throws IOException {
    InputStatistics two = of(new float[][] {{3, 4, 0}, {0, 8, 6}});

    assertThat(two.rows()).isEqualTo(2);
    assertThat(two.norms()).isEqualTo(new InputStatistics.Norms(7.5, 5, 10));
    assertThat(two.means()).containsExactly(1.5f, 6f, 3f);
    assertThat(two.variances()).containsExactly(2.25f, 4f, 9f);
  }

  @Test
  void ofManyItLooksAtAnEvenChoice() throws IOException {
    InputStatistics many = of(unit(120_000, 1, 0));

    assertThat(many.rows()).isBetween(50_000L, 100_000L);
    assertThat(many.norms().mean()).isCloseTo(1, Offset.offset(1e-6));
  }

  @Test
  void ofATrainSplitOnlyItsRowsCount() throws IOException {
    Path samples = folder.resolve("samples.csv");
    Files.writeString(
        samples,
        "row,sample_id,split,speaker_id,cps\n2,c,train,s,9\n0,a,train,s,9\n1,b,test,t,9\n");
    Path x = folder.resolve("x.npy");
    Files.write(x, TestStages.npy(new float[][] {{3, 4}, {100, 100}, {0, 10}}));

    InputStatistics train = InputStatistics.ofTrainSplit(samples, x);

    assertThat(train.rows()).isEqualTo(2);
    assertThat(train.norms()).isEqualTo(new InputStatistics.Norms(7.5, 5, 10));
    assertThat(Json.read(Json.write(train), InputStatistics.class)).isEqualTo(train);
  }

  @Test
  void moreOfTheSameDoesNotDiffer() throws IOException {
    InputStatistics trained = of(unit(500, 1, 0));

    assertThat(of(unit(300, 2, 0)).differenceFrom(trained)).isEmpty();
    for (int seed = 3; seed < 40; seed++) {
      assertThat(of(unit(1, seed, 0)).differenceFrom(trained)).isEmpty();
    }
    assertThat(of(unit(5, 1, 0)).differenceFrom(of(unit(5, 1, 0)))).isEmpty();
  }

  @Test
  void anotherLengthAndAnotherPlaceAreTold() throws IOException {
    InputStatistics trained = of(unit(500, 1, 0));

    assertThat(of(times(unit(300, 2, 0), 0.41)).differenceFrom(trained).orElseThrow())
        .startsWith(
            "the embeddings differ from those that the model was trained on: mean norm 0.41 against"
                + " 1.00 (1.00 to 1.00)");
    assertThat(of(unit(300, 2, 1)).differenceFrom(trained).orElseThrow())
        .matches(
            "the embeddings differ from those that the model was trained on: their mean lies"
                + " [2-9]\\.\\d standard deviations from the other's");
  }

  @Test
  void constantDimensionsAreNoReasonToDivideByZero() throws IOException {
    InputStatistics same = of(new float[][] {{1, 0}, {1, 0}});

    assertThat(same.differenceFrom(same)).isEmpty();
    assertThat(of(new float[][] {{0, 1}}).differenceFrom(same)).isPresent();
  }
}
