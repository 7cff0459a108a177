package org.speechrate.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.speechrate.dataset.Sample;
import org.speechrate.dataset.SampleTable;
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
    EmbeddingMatrix matrix = EmbeddingMatrix.open(xNpy);
    Speakers speakers = new Speakers();
    Split train = new Split("train", speakers);
    Split dev = new Split("dev", speakers);
    long[] samples = {0};
    SampleTable.forEach(
        samplesCsv,
        sample -> {
          samples[0]++;
          train.add(sample);
          dev.add(sample);
        });
    return new TrainingData(train.rows(matrix, samples[0]), dev.rows(matrix, samples[0]));
  }

  int dimension() {
    return train.dimension();
  }

  double meanCps() {
    return Arrays.stream(train.cps()).average().orElseThrow();
  }

  /** Numbers them, in the order of their first utterances; of very many the name decides. */
  private static final class Speakers {
    private static final int MOST_KNOWN = 100_000;

    private final Map<String, Integer> known = new HashMap<>();
    private int unknown;

    int number(String speaker) {
      if (speaker.isEmpty()) {
        return unknown++;
      }
      Integer number = known.get(speaker);
      if (number != null) {
        return number;
      }
      if (known.size() == MOST_KNOWN) {
        return speaker.hashCode() & Integer.MAX_VALUE;
      }
      known.put(speaker, known.size());
      return known.size() - 1;
    }
  }

  /** Collects 16 bytes of each sample. */
  private static final class Split {
    private final String name;
    private int[] rows = new int[1024];
    private double[] cps = new double[1024];
    private int[] groups = new int[1024];
    private final Speakers speakers;
    private int count;

    Split(String name, Speakers speakers) {
      this.name = name;
      this.speakers = speakers;
    }

    void add(Sample sample) {
      if (!sample.split().equals(name)) {
        return;
      }
      if (count == rows.length) {
        int larger = (int) Math.min(Integer.MAX_VALUE - 8L, count + count / 2L);
        rows = Arrays.copyOf(rows, larger);
        cps = Arrays.copyOf(cps, larger);
        groups = Arrays.copyOf(groups, larger);
      }
      rows[count] = sample.row();
      cps[count] = sample.target();
      groups[count] = speakers.number(sample.speakerId());
      count++;
    }

    SplitRows rows(EmbeddingMatrix matrix, long samples) {
      if (count == 0) {
        throw new Refusal(
            Refusal.Kind.TOO_FEW_ROWS,
            String.format(
                "training needs at least 1 utterance in split %s, got 0 of the dataset's %d",
                name, samples));
      }
      return SplitRows.of(
          matrix,
          Arrays.copyOf(rows, count),
          Arrays.copyOf(cps, count),
          Arrays.copyOf(groups, count));
    }
  }
}
