package org.speechrate.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.pipeline.Refusal;

/**
 * What training sees: never the test split.
 *
 * @param train [n × dimension], raw embeddings in the order of samples.csv
 * @param trainCps [n], letters per second
 * @param dev [m × dimension]
 * @param devCps [m]
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
record TrainingData(int dimension, float[] train, double[] trainCps, float[] dev, double[] devCps) {

  /**
   * Reads the two splits.
   *
   * @throws Refusal if one of them has no utterance
   */
  static TrainingData read(Path samplesCsv, Path xNpy) throws IOException {
    List<Sample> samples = SampleTable.read(samplesCsv);
    List<Sample> train = split(samples, "train");
    List<Sample> dev = split(samples, "dev");
    try (EmbeddingMatrix matrix = EmbeddingMatrix.open(xNpy)) {
      return new TrainingData(
          matrix.dimension(),
          embeddings(matrix, train),
          cps(train),
          embeddings(matrix, dev),
          cps(dev));
    }
  }

  private static List<Sample> split(List<Sample> samples, String split) {
    List<Sample> found = samples.stream().filter(s -> s.split().equals(split)).toList();
    if (found.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.TOO_FEW_ROWS,
          String.format(
              "training needs at least 1 utterance in split %s, got 0 of the dataset's %d",
              split, samples.size()));
    }
    return found;
  }

  private static float[] embeddings(EmbeddingMatrix matrix, List<Sample> samples)
      throws IOException {
    float[] values = new float[Math.multiplyExact(samples.size(), matrix.dimension())];
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      matrix.read(sample.row(), sample.sampleId(), values, i * matrix.dimension());
    }
    return values;
  }

  private static double[] cps(List<Sample> samples) {
    return samples.stream().mapToDouble(Sample::cps).toArray();
  }
}
