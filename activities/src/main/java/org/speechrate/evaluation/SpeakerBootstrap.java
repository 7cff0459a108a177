package org.speechrate.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.Scores;
import org.speechrate.training.SplitMix64;

/**
 * Metrics with 95 % percentile intervals. In each round as many speakers as there are get drawn
 * with replacement, each with all utterances: those of one speaker are much alike, so drawing
 * utterances would make intervals far too narrow. All predictors are judged by the same draws, so
 * differences are paired. A seed gives the same numbers on any number of threads.
 */
public final class SpeakerBootstrap {
  /** Of more utterances ranks are made once, not in each round. */
  static final int MOST_RANKED = 200_000;

  private static final int FEWEST_SPEAKERS = 2;

  /** Of fewer speakers an interval's ends are themselves uncertain, and mostly too close. */
  public static final int FEW_SPEAKERS = 10;

  private static final double LOW = 0.025;
  private static final double HIGH = 0.975;

  /** Share of the rounds in which a metric may be undefined, such as where all labels are equal. */
  private static final double MOST_UNDEFINED = 0.05;

  private static final int METRICS = 6;
  private static final int R2 = 3;
  private static final int PEARSON = 4;
  private static final int SPEARMAN = 5;

  /** Pieces of work a thread, so that none waits long for another. */
  private static final int PIECES = 4;

  private final int rounds;
  private final long seed;

  /**
   * @param rounds 0 makes no intervals
   */
  public SpeakerBootstrap(int rounds, long seed) {
    this.rounds = rounds;
    this.seed = seed;
  }

  /**
   * All metrics of one split.
   *
   * @param scores of each predictor
   * @param less of the first predictor minus those of each other one
   */
  public record Comparison(List<Scores> scores, List<Scores> less) {
    public Comparison {
      scores = List.copyOf(scores);
      less = List.copyOf(less);
    }
  }

  /**
   * Judges predictors.
   *
   * @throws IllegalStateException if there is no utterance: an error of none is no number
   */
  public Comparison compare(SplitPredictions split) {
    ErrorSums all = split.all();
    if (all.n() == 0) {
      throw new IllegalStateException("there are no metrics of 0 utterances");
    }
    Optional<Ranks> ranks = split.ranks();
    int k = all.predictors();
    double[] values = new double[METRICS * k];
    Optional<String> noInterval = reasonAgainst(split);
    int[] once = new int[Math.max(1, split.speakers().size())];
    Arrays.fill(once, 1);
    metrics(all, ranks, once, new double[ranks.map(Ranks::count).orElse(0)], values);
    double[][] drawn =
        noInterval.isPresent()
            ? new double[0][]
            : draw(split, ranks.filter(each -> each.count() <= MOST_RANKED));

    List<Scores> scores = new ArrayList<>();
    List<Scores> less = new ArrayList<>();
    for (int i = 0; i < k; i++) {
      int predictor = i;
      scores.add(
          scores(
              metric ->
                  score(
                      split,
                      predictor,
                      metric,
                      values[METRICS * predictor + metric],
                      Arrays.stream(drawn).mapToDouble(r -> r[METRICS * predictor + metric]),
                      noInterval)));
      if (i > 0) {
        less.add(
            scores(
                metric ->
                    score(
                        split,
                        Double.isNaN(values[metric]) ? 0 : predictor,
                        metric,
                        values[metric] - values[METRICS * predictor + metric],
                        Arrays.stream(drawn)
                            .mapToDouble(r -> r[metric] - r[METRICS * predictor + metric]),
                        noInterval)));
      }
    }
    return new Comparison(scores, less);
  }

  /** Why there is no interval. */
  private Optional<String> reasonAgainst(SplitPredictions split) {
    if (rounds == 0) {
      return Optional.of("no interval was asked for: evaluation.bootstrap is 0");
    }
    if (!split.speakersKnown()) {
      return Optional.of("an interval needs speakers, and they are not known");
    }
    if (split.tooManySpeakers()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "an interval is made for at most %,d speakers, the %s split has more",
              SplitPredictions.MOST_SPEAKERS,
              split.split()));
    }
    return split.speakers().size() < FEWEST_SPEAKERS
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "an interval needs at least %d speakers, the %s split has %d",
                FEWEST_SPEAKERS,
                split.split(),
                split.speakers().size()))
        : Optional.empty();
  }

  /** The metrics of each round, [rounds][predictors × metrics]. */
  private double[][] draw(SplitPredictions split, Optional<Ranks> ranks) {
    ErrorSums[] speakers = split.speakers().values().toArray(ErrorSums[]::new);
    int pieces = Math.min(rounds, PIECES * Runtime.getRuntime().availableProcessors());
    double[][] drawn = new double[rounds][METRICS * split.all().predictors()];
    IntStream.range(0, pieces)
        .parallel()
        .forEach(
            piece -> {
              int[] times = new int[speakers.length];
              double[] scratch = new double[ranks.map(Ranks::count).orElse(0)];
              ErrorSums sums = split.all().empty();
              for (int round = piece; round < rounds; round += pieces) {
                SplitMix64 random = new SplitMix64(seed, round);
                Arrays.fill(times, 0);
                for (int i = 0; i < speakers.length; i++) {
                  times[random.nextInt(speakers.length)]++;
                }
                sums.clear();
                for (int i = 0; i < speakers.length; i++) {
                  if (times[i] > 0) {
                    sums.add(speakers[i], times[i]);
                  }
                }
                metrics(sums, ranks, times, scratch, drawn[round]);
              }
            });
    return drawn;
  }

  private static void metrics(
      ErrorSums sums, Optional<Ranks> ranks, int[] times, double[] scratch, double[] into) {
    double[] spearman = new double[sums.predictors()];
    Arrays.fill(spearman, Double.NaN);
    ranks.ifPresent(each -> each.correlations(times, sums.n(), scratch, spearman));
    for (int k = 0; k < spearman.length; k++) {
      int at = METRICS * k;
      into[at] = sums.mse(k);
      into[at + 1] = sums.mae(k);
      into[at + 2] = Math.sqrt(sums.mse(k));
      into[at + R2] = sums.r2(k);
      into[at + PEARSON] = sums.pearson(k);
      into[at + SPEARMAN] = spearman[k];
    }
  }

  /** One metric's score. */
  private interface Of {
    Score score(int metric);
  }

  private static Scores scores(Of of) {
    return new Scores(
        of.score(0), of.score(1), of.score(2), of.score(R2), of.score(PEARSON), of.score(SPEARMAN));
  }

  private Score score(
      SplitPredictions split,
      int predictor,
      int metric,
      double value,
      DoubleStream drawn,
      Optional<String> noInterval) {
    if (Double.isNaN(value)) {
      return new Score(
          Optional.empty(), Optional.empty(), Optional.of(undefined(split, predictor, metric)));
    }
    if (noInterval.isPresent()) {
      return new Score(Optional.of(value), Optional.empty(), noInterval);
    }
    if (metric == SPEARMAN && split.all().n() > MOST_RANKED) {
      return new Score(
          Optional.of(value), Optional.empty(), Optional.of(tooMany(split, MOST_RANKED)));
    }
    double[] defined = drawn.filter(each -> !Double.isNaN(each)).sorted().toArray();
    return rounds - defined.length > MOST_UNDEFINED * rounds
        ? new Score(
            Optional.of(value),
            Optional.empty(),
            Optional.of(
                String.format(
                    Locale.ROOT,
                    "an interval needs speakers that differ: it is undefined in %,d of %,d rounds",
                    rounds - defined.length,
                    rounds)))
        : new Score(
            Optional.of(value),
            Optional.of(new Interval(percentile(defined, LOW), percentile(defined, HIGH))),
            Optional.empty());
  }

  /** Between neighbours it is interpolated, as numpy does. */
  static double percentile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  private static String undefined(SplitPredictions split, int predictor, int metric) {
    ErrorSums all = split.all();
    String what = metric == R2 ? "R²" : "a correlation";
    if (all.n() < 2) {
      return what + " needs at least 2 utterances, there is 1";
    }
    if (!all.labelsDiffer()) {
      return String.format(
          Locale.ROOT,
          "%s needs labels that differ, all %,d are %s letters/s",
          what,
          all.n(),
          all.meanLabel());
    }
    if (!all.predictionsDiffer(predictor)) {
      return String.format(
          Locale.ROOT, "%s needs predictions that differ, all %,d are the same", what, all.n());
    }
    return tooMany(split, SplitPredictions.MOST_RANKED);
  }

  private static String tooMany(SplitPredictions split, int most) {
    return String.format(
        Locale.ROOT,
        "ranks %sare made of at most %,d utterances, the %s split has %,d",
        most == MOST_RANKED ? "for an interval " : "",
        most,
        split.split(),
        split.all().n());
  }
}
