package org.speechrate.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.pipeline.Refusal;

/** What training sees, in the order of samples.csv: never the test split. */
record TrainingData(SplitRows train, SplitRows dev) {

  /**
   * Reads the two splits.
   *
   * @throws Refusal if one of them has no utterance
   */
  static TrainingData read(Path samplesCsv, Path xNpy) throws IOException {
    List<Sample> samples = SampleTable.read(samplesCsv);
    EmbeddingMatrix matrix = EmbeddingMatrix.open(xNpy);
    return new TrainingData(split(samples, "train", matrix), split(samples, "dev", matrix));
  }

  private static SplitRows split(List<Sample> samples, String split, EmbeddingMatrix matrix) {
    List<Sample> found = samples.stream().filter(s -> s.split().equals(split)).toList();
    if (found.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.TOO_FEW_ROWS,
          String.format(
              "training needs at least 1 utterance in split %s, got 0 of the dataset's %d",
              split, samples.size()));
    }
    return SplitRows.of(
        matrix,
        found.stream().mapToInt(Sample::row).toArray(),
        found.stream().mapToDouble(Sample::cps).toArray());
  }

  int dimension() {
    return train.dimension();
  }
}
