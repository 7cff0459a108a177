package org.speechrate.evaluation;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What several predictors said of one split, for {@link SpeakerBootstrap}: sums a speaker, and for
 * rank correlations the numbers themselves, as long as they are not too many for a small heap.
 */
public final class SplitPredictions {
  /** Of more speakers no sums are kept. */
  static final int MOST_SPEAKERS = 100_000;

  /** Of more utterances no ranks are made. */
  static final int MOST_RANKED = 1_000_000;

  private static final int FIRST_CAPACITY = 1024;

  private final String split;
  private final double[] shifts;
  private final ErrorSums all;
  private final Map<String, ErrorSums> speakers = new LinkedHashMap<>();
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private boolean allNamed = true;
  private boolean tooManySpeakers;

  // Empty once there are more than MOST_RANKED.
  private double[] labels = new double[FIRST_CAPACITY];
  private double[][] predictions;
  private int[] speakerOf = new int[FIRST_CAPACITY];

  /**
   * @param split for reasons
   * @param about a number that the labels spread about, such as their mean: variances lose fewer
   *     digits
   * @param predictors how many there are
   */
  public SplitPredictions(String split, double about, int predictors) {
    this.split = split;
    shifts = new double[1 + predictors];
    shifts[0] = about;
    all = new ErrorSums(shifts);
    predictions = new double[predictors][FIRST_CAPACITY];
  }

  /**
   * Adds an utterance.
   *
   * @param speaker blank where it is not known
   * @param label in letters/s
   * @param predicted by each predictor, in letters/s
   */
  public void add(String speaker, double label, double... predicted) {
    if (all.n() == 0) {
      System.arraycopy(predicted, 0, shifts, 1, predicted.length);
    }
    int number = number(speaker);
    if (all.n() < MOST_RANKED) {
      keep((int) all.n(), number, label, predicted);
    } else if (labels.length > 0) {
      labels = new double[0];
      predictions = new double[predictions.length][0];
      speakerOf = new int[0];
    }
    all.add(label, predicted);
    if (allNamed && !tooManySpeakers) {
      speakers.get(speaker).add(label, predicted);
    }
  }

  private int number(String speaker) {
    if (!allNamed || tooManySpeakers) {
      return 0;
    }
    Integer known = numbers.get(speaker);
    if (known != null) {
      return known;
    }
    allNamed = !speaker.isBlank();
    tooManySpeakers = numbers.size() == MOST_SPEAKERS;
    if (!allNamed || tooManySpeakers) {
      speakers.clear();
      numbers.clear();
      return 0;
    }
    numbers.put(speaker, numbers.size());
    speakers.put(speaker, new ErrorSums(shifts));
    return numbers.size() - 1;
  }

  private void keep(int at, int speaker, double label, double[] predicted) {
    if (at == labels.length) {
      int larger = Math.min(MOST_RANKED, 2 * at);
      labels = Arrays.copyOf(labels, larger);
      speakerOf = Arrays.copyOf(speakerOf, larger);
      for (int k = 0; k < predictions.length; k++) {
        predictions[k] = Arrays.copyOf(predictions[k], larger);
      }
    }
    labels[at] = label;
    speakerOf[at] = speaker;
    for (int k = 0; k < predictions.length; k++) {
      predictions[k][at] = predicted[k];
    }
  }

  String split() {
    return split;
  }

  ErrorSums all() {
    return all;
  }

  /** By name, in the order of their first utterances; empty unless each one's is known. */
  Map<String, ErrorSums> speakers() {
    return speakers;
  }

  /** Whether each utterance's speaker is known. */
  boolean speakersKnown() {
    return allNamed;
  }

  boolean tooManySpeakers() {
    return tooManySpeakers;
  }

  /** Absent where there are too many utterances. */
  Optional<Ranks> ranks() {
    if (all.n() > MOST_RANKED) {
      return Optional.empty();
    }
    int n = (int) all.n();
    boolean asOne = speakers.isEmpty();
    return Optional.of(
        new Ranks(
            Arrays.copyOf(labels, n),
            Arrays.stream(predictions).map(each -> Arrays.copyOf(each, n)).toArray(double[][]::new),
            asOne ? new int[n] : Arrays.copyOf(speakerOf, n)));
  }
}
