package org.speechrate.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.speechrate.pipeline.probe.DescriptionLength;
import org.speechrate.regression.RidgeRegression;
import org.speechrate.stage.StageMonitor;

/**
 * The online (prequential) code of Voita and Titov (2020) for a number instead of a class. Speakers
 * come in a drawn order, in blocks that end at 1/64, 1/32, … 1/2 and all of the utterances. The
 * first block is coded uniformly; each other one by a Gaussian about the predictions of a ridge
 * regression on all blocks before, as wide as its errors on the newest of these: never seen when
 * they were made. The constant's code has the mean and variance of all labels before instead.
 * Labels have steps of {@value #STEP} letters/s, so that bits are a number's and not a density's.
 */
final class OnlineCode {
  static final double STEP = 0.01;

  /** Of the first block: from 0 to 40 letters/s. */
  private static final double FIRST_BITS = Math.log(40 / STEP) / Math.log(2);

  /** Weight of one utterance in a variance: so that two speakers alike promise no certainty. */
  private static final double PRIOR_VARIANCE = 4;

  private static final int HALVINGS = 6;
  private static final int FEWEST_FIRST = 8;

  private OnlineCode() {}

  static DescriptionLength of(
      Features features, ProbeSamples.Part train, long seed, StageMonitor monitor, String shown) {
    if (Arrays.stream(train.cps()).distinct().count() < 2) {
      return DescriptionLength.absent("a description needs labels that differ");
    }
    return ofOrdered(features, ordered(train, seed), monitor, shown);
  }

  static DescriptionLength ofOrdered(
      Features features, ProbeSamples.Part ordered, StageMonitor monitor, String shown) {
    List<Integer> ends = ends(ordered);
    if (ends.size() < 2) {
      return DescriptionLength.absent(
          String.format(
              Locale.ROOT,
              "a description needs 2 blocks, the first of at least 2 speakers and %d utterances",
              FEWEST_FIRST));
    }
    var against = LinearProbe.reasonAgainst(part(ordered, 0, ends.get(0)), features.dimension());
    if (against.isPresent()) {
      return DescriptionLength.absent(against.get());
    }
    RidgeRegression ridge = new RidgeRegression(features.dimension());
    double bits = ends.get(0) * FIRST_BITS;
    double constantBits = bits;
    double sum = 0;
    double squares = 0;
    double variance = Double.NaN;
    for (int block = 0; block < ends.size(); block++) {
      monitor.progress(
          shown + ": " + LinearProbe.ofSteps("description length", block + 1, ends.size()), 0, 0);
      ProbeSamples.Part now = part(ordered, block == 0 ? 0 : ends.get(block - 1), ends.get(block));
      if (block > 0) {
        int before = ends.get(block - 1);
        double mean = sum / before;
        double constantVariance = shrunk(squares - sum * mean, before);
        double[] predicted = LinearProbe.predict(ridge.fit(), features, now);
        double error = LinearProbe.squaredError(predicted, now.cps());
        bits += bits(now.count(), error, block == 1 ? constantVariance : variance);
        double[] constant = new double[now.count()];
        Arrays.fill(constant, mean);
        constantBits +=
            bits(now.count(), LinearProbe.squaredError(constant, now.cps()), constantVariance);
        variance = shrunk(error, now.count());
      }
      LinearProbe.add(ridge, features, now, monitor);
      for (double cps : now.cps()) {
        sum += cps;
        squares += cps * cps;
      }
    }
    int n = ordered.count();
    return new DescriptionLength(
        Optional.of(bits / n),
        Optional.of(constantBits / n),
        Optional.of(constantBits / bits),
        Optional.empty());
  }

  /** The speakers one after another, in an order of the seed's. */
  static ProbeSamples.Part ordered(ProbeSamples.Part train, long seed) {
    List<Integer> groups =
        IntStream.range(0, train.groupCount()).boxed().collect(Collectors.toList());
    Collections.shuffle(groups, new Random(seed));
    int[] place = new int[groups.size()];
    for (int i = 0; i < place.length; i++) {
      place[groups.get(i)] = i;
    }
    int[] order =
        IntStream.range(0, train.count())
            .boxed()
            .sorted(Comparator.comparingInt(i -> place[train.groups()[i]]))
            .mapToInt(i -> i)
            .toArray();
    return new ProbeSamples.Part(
        Arrays.stream(order).map(i -> train.rows()[i]).toArray(),
        Arrays.stream(order).mapToDouble(i -> train.cps()[i]).toArray(),
        Arrays.stream(order).map(i -> place[train.groups()[i]]).toArray(),
        train.speakers());
  }

  /** Where the blocks end: never within a speaker. */
  static List<Integer> ends(ProbeSamples.Part ordered) {
    int n = ordered.count();
    int[] groups = ordered.groups();
    List<Integer> ends = new ArrayList<>();
    for (int halvings = HALVINGS; halvings >= 0; halvings--) {
      int end = Math.max(FEWEST_FIRST, (n + (1 << halvings) - 1) >> halvings);
      while (end < n && (groups[end] == groups[end - 1] || groups[end] < 2)) {
        end++;
      }
      if (end <= n && (ends.isEmpty() || end > ends.get(ends.size() - 1))) {
        ends.add(end);
      }
    }
    return ends;
  }

  private static ProbeSamples.Part part(ProbeSamples.Part all, int from, int to) {
    return new ProbeSamples.Part(
        Arrays.copyOfRange(all.rows(), from, to),
        Arrays.copyOfRange(all.cps(), from, to),
        Arrays.copyOfRange(all.groups(), from, to),
        all.speakers());
  }

  private static double shrunk(double squares, int n) {
    return Math.max((Math.max(0, squares) + PRIOR_VARIANCE) / (n + 1), STEP * STEP);
  }

  /** Of n numbers with these squared errors. */
  private static double bits(int n, double squaredErrors, double variance) {
    double nats =
        n * (0.5 * Math.log(2 * Math.PI * variance) - Math.log(STEP))
            + squaredErrors / (2 * variance);
    return nats / Math.log(2);
  }
}
