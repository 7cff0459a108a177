package org.speechrate.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.StageMonitor;

/**
 * The utterances of train and dev by speaker, to be split anew; never those of test. An utterance
 * whose speaker nobody knows is a group of its own.
 */
public final class SpeakerGroups {
  /** Purpose of the random numbers, see {@link SplitMix64}. */
  private static final long GROUPS = 5;

  private final EmbeddingMatrix matrix;
  private final List<Group> groups;
  private final int devGroups;

  /** The utterances of a speaker: rows in the matrix, and letters/s. */
  private static final class Group {
    private int[] rows = new int[4];
    private double[] cps = new double[4];
    private int size;

    void add(int row, double target) {
      if (size == rows.length) {
        rows = Arrays.copyOf(rows, size + size / 2);
        cps = Arrays.copyOf(cps, rows.length);
      }
      rows[size] = row;
      cps[size++] = target;
    }

    IntStream rows() {
      return Arrays.stream(rows, 0, size);
    }

    DoubleStream cps() {
      return Arrays.stream(cps, 0, size);
    }
  }

  private SpeakerGroups(EmbeddingMatrix matrix, List<Group> groups, int devGroups) {
    this.matrix = matrix;
    this.groups = groups;
    this.devGroups = devGroups;
  }

  public static SpeakerGroups read(Path samplesCsv, Path xNpy) throws IOException {
    Map<String, Integer> known = new HashMap<>();
    Set<Integer> dev = new HashSet<>();
    List<Group> groups = new ArrayList<>();
    SampleTable.forEach(
        samplesCsv,
        sample -> {
          if (sample.split().equals("test")) {
            return;
          }
          int own = groups.size();
          int index =
              sample.speakerId().isEmpty()
                  ? own
                  : known.computeIfAbsent(sample.speakerId(), speaker -> own);
          if (index == own) {
            groups.add(new Group());
          }
          groups.get(index).add(sample.row(), sample.target());
          if (sample.split().equals("dev")) {
            dev.add(index);
          }
        });
    return new SpeakerGroups(EmbeddingMatrix.open(xNpy), groups, dev.size());
  }

  public int count() {
    return groups.size();
  }

  /** How many of them have utterances in dev. */
  public int devCount() {
    return devGroups;
  }

  public int utterances() {
    return IntStream.range(0, count()).map(this::size).sum();
  }

  /** All groups in an order of their own. */
  public List<Integer> shuffled(long seed, long number) {
    List<Integer> order = new ArrayList<>();
    for (int group : new SplitMix64(seed, GROUPS, number, count()).permutation(count())) {
      order.add(group);
    }
    return order;
  }

  /** The groups in k parts of about as many utterances. */
  List<List<Integer>> folds(int k, long seed) {
    List<Integer> order = new ArrayList<>(shuffled(seed, 0));
    order.sort((a, b) -> size(b) - size(a));
    List<List<Integer>> folds = new ArrayList<>();
    int[] sizes = new int[k];
    for (int i = 0; i < k; i++) {
      folds.add(new ArrayList<>());
    }
    for (int group : order) {
      int smallest = 0;
      for (int i = 1; i < k; i++) {
        smallest = sizes[i] < sizes[smallest] ? i : smallest;
      }
      folds.get(smallest).add(group);
      sizes[smallest] += size(group);
    }
    return folds;
  }

  SplitRows rows(Collection<Integer> of) {
    return SplitRows.of(
        matrix,
        matrixRows(of),
        cps(of),
        of.stream()
            .flatMapToInt(group -> IntStream.generate(() -> group).limit(size(group)))
            .toArray());
  }

  private int[] matrixRows(Collection<Integer> of) {
    return of.stream().flatMapToInt(group -> groups.get(group).rows()).toArray();
  }

  /** Letters/s of the groups' utterances, group by group. */
  public double[] cps(Collection<Integer> of) {
    return of.stream().flatMapToDouble(group -> groups.get(group).cps()).toArray();
  }

  /** Of the same, [n][d]. */
  public float[][] embeddings(Collection<Integer> of) {
    int[] rows = matrixRows(of);
    float[][] embeddings = new float[rows.length][matrix.dimension()];
    for (int i = 0; i < rows.length; i++) {
      matrix.read(rows[i], embeddings[i], 0);
    }
    return embeddings;
  }

  /** Of the same the place of each one's group in the list, [n]. */
  public int[] places(List<Integer> of) {
    return IntStream.range(0, of.size())
        .flatMap(place -> IntStream.generate(() -> place).limit(size(of.get(place))))
        .toArray();
  }

  private int size(int group) {
    return groups.get(group).size;
  }

  /**
   * The model that the training stage would make of these, in memory.
   *
   * @throws Refusal if the data cannot be used or a loss is not finite
   */
  public SpeechRateModel train(
      TrainingSpec spec, Collection<Integer> train, Collection<Integer> dev) throws IOException {
    TrainingData data = new TrainingData(rows(train), rows(dev));
    TrainingState state =
        new MlpTrainer(spec, PyTorch.device(spec.device()), System::nanoTime)
            .train(
                data,
                TrainingState.start(data, spec, MlpShape.of(data.dimension(), spec)),
                reached -> {},
                StageMonitor.silent());
    return SpeechRateModel.of(TrainedModel.weights(spec, data.dimension(), state.chosen(spec)));
  }
}
