package org.speechrate.evaluation;

import java.util.List;
import java.util.Optional;

/**
 * Where a model fails: the test split in parts.
 *
 * @param perSpeaker the largest MSE first, at most 1,000; empty where speakers are not known
 * @param perDurationBand by the utterance's length, which is its letters / its cps
 * @param perCpsBand by true cps, 2 letters/s each
 * @param worst the 20 utterances with the largest error, that one first
 * @param notes what is missing here, and why
 */
public record Breakdown(
    List<Part> perSpeaker,
    List<Part> perDurationBand,
    List<Part> perCpsBand,
    List<Utterance> worst,
    Calibration calibration,
    List<String> notes) {

  public Breakdown {
    perSpeaker = List.copyOf(perSpeaker);
    perDurationBand = List.copyOf(perDurationBand);
    perCpsBand = List.copyOf(perCpsBand);
    worst = List.copyOf(worst);
    notes = List.copyOf(notes);
  }

  /**
   * Some utterances. Errors in letters/s, squared ones in (letters/s)².
   *
   * @param name the speaker, or the band such as "2 to 5 s"
   * @param meanMse of always predicting the train labels' mean
   */
  public record Part(
      String name,
      long n,
      double trueMean,
      double predictedMean,
      double mse,
      double mae,
      double meanMse,
      Optional<Double> ridgeMse) {}

  /**
   * @param speakerId empty where it is not known
   * @param error predicted minus true
   * @param seconds absent where the labels have no text
   * @param text as the labels have it, may be empty; from users, as the ids and the path are
   */
  public record Utterance(
      String sampleId,
      String speakerId,
      double trueCps,
      double predictedCps,
      double error,
      Optional<Double> seconds,
      String text,
      String audioPath) {}

  /**
   * How to read a prediction: on average, true = intercept + slope × predicted. A slope below 1
   * means that the model overstates how speakers differ.
   *
   * @param spread standard deviation of the predictions over that of the labels: below 1 the model
   *     shrinks towards the mean, and best predictions do as far as they are uncertain
   * @param reason why one is absent
   */
  public record Calibration(
      Optional<Double> slope,
      Optional<Double> intercept,
      Optional<Double> spread,
      Optional<String> reason) {}
}
