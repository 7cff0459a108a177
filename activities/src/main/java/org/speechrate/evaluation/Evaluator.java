package org.speechrate.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.speechrate.dataset.Sample;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/**
 * Evaluates a model on all splits of a dataset, by the code that will read it once published, a
 * block of utterances at a time.
 */
final class Evaluator {
  /** Name of the metrics in the stage's folder. */
  static final String METRICS = "metrics.json";

  /** Name of the predictions in the stage's folder. */
  static final String PREDICTIONS = "predictions.csv";

  /** A megabyte of embeddings of 256 values. */
  private static final int BLOCK_ROWS = 1024;

  private static final List<String> COLUMNS =
      List.of("sample_id", "split", "speaker_id", "true_cps", "predicted_cps");

  private final SpeechRateModel model;
  private final String speakerCheck;

  /**
   * @param speakerCheck the dataset's sentence on speakers
   */
  Evaluator(SpeechRateModel model, String speakerCheck) {
    this.model = model;
    this.speakerCheck = speakerCheck;
  }

  /**
   * Writes metrics.json and predictions.csv.
   *
   * @throws Refusal if train or test has no utterance, or the embeddings have another dimension
   *     than the model takes
   */
  EvaluationFacts evaluate(Path samplesCsv, Path xNpy, Path folder, StageMonitor monitor)
      throws IOException {
    Evaluated evaluated = Evaluated.read(samplesCsv);
    double trainMean = evaluated.trainMean();
    Map<String, RegressionMetrics> metrics = new TreeMap<>();
    Splits.NAMES.forEach(split -> metrics.put(split, new RegressionMetrics(trainMean)));
    EmbeddingMatrix matrix = EmbeddingMatrix.open(xNpy);
    if (matrix.dimension() != model.dimension()) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          String.format(
              "the model takes embeddings of %d values, got %d",
              model.dimension(), matrix.dimension()));
    }
    long[] done = {0};
    List<Sample> block = new ArrayList<>(BLOCK_ROWS);
    try (CsvOutput predictions = CsvOutput.create(folder.resolve(PREDICTIONS), COLUMNS)) {
      SampleTable.forEach(
          samplesCsv,
          sample -> {
            block.add(sample);
            done[0]++;
            if (block.size() == BLOCK_ROWS || done[0] == evaluated.samples()) {
              evaluate(block, matrix, metrics, predictions);
              block.clear();
              monitor.progress(
                  String.format(Locale.ROOT, "%,d of %,d utterances", done[0], evaluated.samples()),
                  done[0],
                  evaluated.samples());
            }
          });
    }
    Map<String, SplitMetrics> results = new LinkedHashMap<>();
    for (String split : Splits.NAMES) {
      if (evaluated.utterances(split) > 0) {
        results.put(split, metrics.get(split).result());
      }
    }
    Verdict verdict =
        Verdict.of(results.get("test"), evaluated.testSpeakers(samplesCsv), speakerCheck);
    Map<String, Object> file = new TreeMap<>();
    file.put("betterThanMean", verdict.betterThanMean());
    file.put("splits", results);
    file.put("trainMeanCps", trainMean);
    file.put("verdict", verdict.sentence());
    Files.write(folder.resolve(METRICS), Json.write(file));
    return new EvaluationFacts(results, verdict.betterThanMean(), verdict.sentence());
  }

  private void evaluate(
      List<Sample> block,
      EmbeddingMatrix matrix,
      Map<String, RegressionMetrics> metrics,
      CsvOutput predictions) {
    float[][] embeddings = new float[block.size()][matrix.dimension()];
    for (int i = 0; i < embeddings.length; i++) {
      Sample sample = block.get(i);
      matrix.read(sample.row(), embeddings[i], 0);
    }
    float[] predicted = model.predict(embeddings);
    for (int i = 0; i < predicted.length; i++) {
      Sample sample = block.get(i);
      RegressionMetrics split = metrics.get(sample.split());
      if (split == null || !Float.isFinite(predicted[i])) {
        throw new Refusal(
            Refusal.Kind.BAD_VALUE,
            String.format(
                "sample %s: its split must be one of %s and its prediction finite, got \"%s\" and"
                    + " %s",
                Problems.value(sample.sampleId()),
                Splits.NAMES,
                Problems.value(sample.split()),
                predicted[i]));
      }
      split.add(sample.target(), predicted[i]);
      predictions.row(
          sample.sampleId(),
          sample.split(),
          sample.speakerId(),
          Double.toString(sample.target()),
          Float.toString(predicted[i]));
    }
  }
}
