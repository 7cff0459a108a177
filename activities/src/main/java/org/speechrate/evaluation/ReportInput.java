package org.speechrate.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.dataset.Sample;
import org.speechrate.evaluation.Breakdown.Part;
import org.speechrate.evaluation.Breakdown.Utterance;
import org.speechrate.pipeline.evaluation.SplitScores;
import org.speechrate.report.EmbeddingMaps;
import org.speechrate.report.ReportData;
import org.speechrate.report.ReportData.Embedded;
import org.speechrate.report.ReportData.Group;
import org.speechrate.report.ReportData.Prediction;
import org.speechrate.report.ReportData.Worst;
import org.speechrate.report.Spread;

/** Gathers what the report shows, one utterance of the test split at a time. */
final class ReportInput {
  /** Kept for the figures; of more, some that are evenly spread: a few megabytes. */
  private static final int MOST_PREDICTIONS = 20_000;

  private final long utterances;
  private final int mostPoints;
  private final List<Prediction> predictions = new ArrayList<>();
  private final List<Embedded> embeddings = new ArrayList<>();
  private long seen;

  /**
   * @param utterances how many will be added
   */
  ReportInput(long utterances, int dimension) {
    this.utterances = utterances;
    mostPoints = EmbeddingMaps.points(dimension);
  }

  /**
   * @param embedding kept, not copied
   */
  void add(Sample sample, float predicted, Optional<Float> ridge, float[] embedding) {
    if (Spread.takes(seen, utterances, MOST_PREDICTIONS)) {
      predictions.add(
          new Prediction(
              sample.sampleId(),
              sample.speakerId(),
              sample.target(),
              predicted,
              ridge.map(Float::doubleValue)));
    }
    if (Spread.takes(seen, utterances, mostPoints)) {
      embeddings.add(new Embedded(sample.speakerId(), sample.target(), embedding));
    }
    seen++;
  }

  /** With everything that was added. */
  ReportData data(
      Verdict verdict,
      double trainMean,
      Map<String, SplitScores> scores,
      Breakdown breakdown,
      Background background) {
    return new ReportData(
        verdict.sentence(),
        verdict.betterThanMean(),
        trainMean,
        scores,
        background.losses(),
        background.keptEpoch(),
        predictions,
        breakdown(breakdown),
        embeddings,
        background.data(),
        background.provenance());
  }

  private static ReportData.Breakdown breakdown(Breakdown breakdown) {
    Breakdown.Calibration line = breakdown.calibration();
    Optional<ReportData.Calibration> known =
        line.slope().isPresent() && line.intercept().isPresent() && line.spread().isPresent()
            ? Optional.of(
                new ReportData.Calibration(
                    line.slope().get(), line.intercept().get(), line.spread().get()))
            : Optional.empty();
    return new ReportData.Breakdown(
        groups(breakdown.perSpeaker()),
        groups(breakdown.perDurationBand()),
        groups(breakdown.perCpsBand()),
        breakdown.worst().stream().map(ReportInput::worst).toList(),
        known,
        line.reason(),
        breakdown.notes());
  }

  private static List<Group> groups(List<Part> parts) {
    return parts.stream()
        .map(
            part ->
                new Group(
                    part.name(),
                    part.n(),
                    part.mse(),
                    part.mae(),
                    part.predictedMean() - part.trueMean(),
                    part.meanMse()))
        .toList();
  }

  private static Worst worst(Utterance utterance) {
    return new Worst(
        new Prediction(
            utterance.sampleId(),
            utterance.speakerId(),
            utterance.trueCps(),
            utterance.predictedCps(),
            Optional.empty()),
        utterance.text(),
        utterance.audioPath());
  }
}
