package org.speechrate.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.training.SplitMix64;

/**
 * The mean R² of several trainings of one kind on one split, with 95 % percentile intervals. Each
 * round draws as many speakers as there are, and as many trainings, both with replacement; the
 * speakers are those that {@link SpeakerBootstrap} draws with the same seed. Where speakers are not
 * known, the trainings alone are drawn.
 */
public final class SeedBootstrap {
  private static final double LOW = 0.025;
  private static final double HIGH = 0.975;

  /** Share of the rounds in which R² may be undefined, as all drawn labels are equal. */
  private static final double MOST_UNDEFINED = 0.05;

  private final int rounds;
  private final long seed;
  private final int[] speakers;
  private final boolean known;
  private final int count;

  /**
   * One training, judged.
   *
   * @param labels [n], in letters/s; those of control tasks differ
   * @param predictions [n], in letters/s
   */
  @SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
  public record Trained(double[] labels, double[] predictions) {}

  /**
   * @param rounds 0 makes no intervals
   * @param speakers [n], each utterance's, from 0 without gaps; absent where not known
   */
  public SeedBootstrap(int rounds, long seed, int n, Optional<int[]> speakers) {
    this.rounds = rounds;
    this.seed = seed;
    known = speakers.isPresent();
    this.speakers = speakers.orElseGet(() -> new int[n]);
    count = Arrays.stream(this.speakers).max().orElse(0) + 1;
  }

  /**
   * @param runs at least one
   */
  public Score r2(List<Trained> runs) {
    Runs all = new Runs(runs, 1);
    return score(all.value(), all::draw, all.runs.length);
  }

  /** Of the first ones' R² minus the others'; both from the same drawn speakers. */
  public Score difference(List<Trained> runs, List<Trained> others) {
    Runs all = new Runs(runs, 1);
    Runs less = new Runs(others, 2);
    return score(
        all.value() - less.value(),
        (round, times) -> all.draw(round, times) - less.draw(round, times),
        Math.max(all.runs.length, less.runs.length));
  }

  /** R² of one training; NaN where it is undefined. */
  public static double r2(Trained run) {
    ErrorSums sums = new ErrorSums(shift(run.labels()), 0);
    for (int i = 0; i < run.labels().length; i++) {
      sums.add(run.labels()[i], new double[] {run.predictions()[i]});
    }
    return sums.r2(0);
  }

  private static double shift(double[] labels) {
    return Arrays.stream(labels).average().orElse(0);
  }

  /** Of a round, counted from 0, in which each speaker was drawn so many times. */
  private interface Statistic {
    double of(int round, int[] times);
  }

  private Score score(double value, Statistic statistic, int runs) {
    if (Double.isNaN(value)) {
      return new Score(
          Optional.empty(),
          Optional.empty(),
          Optional.of("R² needs at least 2 utterances with labels that differ"));
    }
    Optional<String> against = reasonAgainst(runs);
    if (against.isPresent()) {
      return new Score(Optional.of(value), Optional.empty(), against);
    }
    double[] values = new double[rounds];
    int[] times = new int[count];
    for (int round = 0; round < rounds; round++) {
      SplitMix64 random = new SplitMix64(seed, round);
      Arrays.fill(times, 0);
      for (int i = 0; i < count; i++) {
        times[random.nextInt(count)]++;
      }
      values[round] = statistic.of(round, times);
    }
    double[] defined = Arrays.stream(values).filter(each -> !Double.isNaN(each)).sorted().toArray();
    if (rounds - defined.length > MOST_UNDEFINED * rounds) {
      return new Score(
          Optional.of(value),
          Optional.empty(),
          Optional.of(
              String.format(
                  Locale.ROOT,
                  "an interval needs speakers that differ: it is undefined in %,d of %,d rounds",
                  rounds - defined.length,
                  rounds)));
    }
    return new Score(
        Optional.of(value),
        Optional.of(
            new Interval(
                SpeakerBootstrap.percentile(defined, LOW),
                SpeakerBootstrap.percentile(defined, HIGH))),
        Optional.empty());
  }

  private Optional<String> reasonAgainst(int runs) {
    if (rounds == 0) {
      return Optional.of("no interval was asked for: probe.rounds is 0");
    }
    if (!known && runs < 2) {
      return Optional.of("an interval needs speakers, and they are not known");
    }
    return known && count < 2
        ? Optional.of("an interval needs at least 2 speakers, the test split has 1")
        : Optional.empty();
  }

  /** Trainings, by the sums of each speaker. */
  private final class Runs {
    private final ErrorSums[][] runs;
    private final double[] shifts;
    private final int stream;

    /**
     * @param stream of numbers by which they are drawn
     */
    Runs(List<Trained> trained, int stream) {
      this.stream = stream;
      runs = new ErrorSums[trained.size()][count];
      shifts = new double[trained.size()];
      for (int run = 0; run < runs.length; run++) {
        double[] labels = trained.get(run).labels();
        shifts[run] = shift(labels);
        for (int speaker = 0; speaker < count; speaker++) {
          runs[run][speaker] = new ErrorSums(shifts[run], 0);
        }
        double[] predictions = trained.get(run).predictions();
        for (int i = 0; i < labels.length; i++) {
          runs[run][speakers[i]].add(labels[i], new double[] {predictions[i]});
        }
      }
    }

    double value() {
      int[] once = new int[count];
      Arrays.fill(once, 1);
      double sum = 0;
      for (int run = 0; run < runs.length; run++) {
        sum += r2(run, once);
      }
      return sum / runs.length;
    }

    double draw(int round, int[] times) {
      SplitMix64 random = new SplitMix64(seed, round, stream);
      int[] drawnRuns = new int[runs.length];
      for (int i = 0; i < runs.length; i++) {
        drawnRuns[random.nextInt(runs.length)]++;
      }
      double sum = 0;
      for (int run = 0; run < runs.length; run++) {
        if (drawnRuns[run] > 0) {
          sum += drawnRuns[run] * r2(run, times);
        }
      }
      return sum / runs.length;
    }

    private double r2(int run, int[] times) {
      ErrorSums sums = new ErrorSums(shifts[run], 0);
      for (int speaker = 0; speaker < count; speaker++) {
        if (times[speaker] > 0) {
          sums.add(runs[run][speaker], times[speaker]);
        }
      }
      return sums.r2(0);
    }
  }
}
