package org.speechrate.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.evaluation.SplitScores;

/**
 * All that a report shows. Speech rates and errors are in letters/s, errors being predicted minus
 * true, squared ones in (letters/s)². Lists may be empty: the report then says what is missing.
 *
 * @param verdict one sentence
 * @param betterThanMean colours the verdict
 * @param trainMeanCps the mean's one prediction
 * @param scores by split: train, dev, test, as far as there are any
 * @param losses by epoch, in order; not finite where there is none
 * @param keptEpoch whose weights the model has
 * @param predictions on the test split; of a large one, some that are evenly spread
 * @param breakdown of the errors on the test split
 * @param embeddings of the test split; at most {@link EmbeddingMaps#MOST_POINTS} are drawn
 * @param data what the model was trained and tested on: name to value, in order
 * @param provenance what made the model: name to value, in order
 */
public record ReportData(
    String verdict,
    boolean betterThanMean,
    double trainMeanCps,
    Map<String, SplitScores> scores,
    List<EpochLoss> losses,
    Optional<Integer> keptEpoch,
    List<Prediction> predictions,
    Breakdown breakdown,
    List<Embedded> embeddings,
    Map<String, String> data,
    Map<String, String> provenance) {

  public ReportData {
    scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
    losses = List.copyOf(losses);
    predictions = List.copyOf(predictions);
    embeddings = List.copyOf(embeddings);
    data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
    provenance = Collections.unmodifiableMap(new LinkedHashMap<>(provenance));
  }

  /**
   * @param speaker blank where it is not known
   */
  public record Prediction(
      String sampleId,
      String speaker,
      double trueCps,
      double predictedCps,
      Optional<Double> ridgeCps) {}

  /**
   * @param speakers errors of each; empty unless the speaker of each utterance is known
   * @param durationBands empty where no duration is known
   * @param worst utterances with the largest errors, the largest first
   * @param calibrationReason why {@code calibration} is absent
   * @param notes what else is missing here, and why
   */
  public record Breakdown(
      List<Group> speakers,
      List<Group> durationBands,
      List<Group> cpsBands,
      List<Worst> worst,
      Optional<Calibration> calibration,
      Optional<String> calibrationReason,
      List<String> notes) {

    public Breakdown {
      speakers = List.copyOf(speakers);
      durationBands = List.copyOf(durationBands);
      cpsBands = List.copyOf(cpsBands);
      worst = List.copyOf(worst);
      notes = List.copyOf(notes);
    }
  }

  /**
   * Errors on some utterances.
   *
   * @param name a speaker, or a band such as "2 to 4 s"
   * @param bias mean error
   * @param baselineMse of the train labels' mean on the same utterances
   */
  public record Group(
      String name, long n, double mse, double mae, double bias, double baselineMse) {}

  /**
   * One of the worst utterances.
   *
   * @param text as it was spoken, blank where it is not known
   * @param path of the audio, blank where it is not known
   */
  public record Worst(Prediction prediction, String text, String path) {}

  /**
   * The straight line that says best what was true where something was predicted: true = intercept
   * + slope · predicted.
   *
   * @param slope 1 where predictions are as far apart as they should be, less where they exaggerate
   * @param spread standard deviation of the predictions divided by that of the true values; less
   *     than 1 where predictions shrink towards the mean
   */
  public record Calibration(double slope, double intercept, double spread) {}

  /** An utterance and its embedding. */
  public static final class Embedded {
    private final String speaker;
    private final double trueCps;
    private final float[] embedding;

    /**
     * @param speaker blank where it is not known
     * @param embedding kept, not copied; of the same length in each
     */
    public Embedded(String speaker, double trueCps, float[] embedding) {
      this.speaker = speaker;
      this.trueCps = trueCps;
      this.embedding = embedding;
    }

    String speaker() {
      return speaker;
    }

    double trueCps() {
      return trueCps;
    }

    float[] embedding() {
      return embedding;
    }
  }
}
