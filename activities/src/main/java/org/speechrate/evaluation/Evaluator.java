package org.speechrate.evaluation;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.csv.CSVFormat;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;
import org.speechrate.training.Sample;
import org.speechrate.training.SampleTable;

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

  private static final String HEADER = "sample_id,split,speaker_id,true_cps,predicted_cps\n";

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
    List<Sample> samples = SampleTable.read(samplesCsv);
    double trainMean = trainMean(samples);
    Map<String, RegressionMetrics> metrics = new TreeMap<>();
    Splits.NAMES.forEach(split -> metrics.put(split, new RegressionMetrics(trainMean)));
    EmbeddingMatrix matrix = EmbeddingMatrix.open(xNpy);
    try (Writer predictions = Files.newBufferedWriter(folder.resolve(PREDICTIONS))) {
      predictions.write(HEADER);
      if (matrix.dimension() != model.dimension()) {
        throw new Refusal(
            Refusal.Kind.BAD_VALUE,
            String.format(
                "the model takes embeddings of %d values, got %d",
                model.dimension(), matrix.dimension()));
      }
      for (int from = 0; from < samples.size(); from += BLOCK_ROWS) {
        List<Sample> block = samples.subList(from, Math.min(samples.size(), from + BLOCK_ROWS));
        evaluate(block, matrix, metrics, predictions);
        int done = from + block.size();
        monitor.progress(
            String.format(Locale.ROOT, "%,d of %,d utterances", done, samples.size()),
            done,
            samples.size());
      }
    }
    Map<String, SplitMetrics> results = new LinkedHashMap<>();
    for (String split : Splits.NAMES) {
      if (samples.stream().anyMatch(sample -> sample.split().equals(split))) {
        results.put(split, metrics.get(split).result());
      }
    }
    Verdict verdict = Verdict.of(results.get("test"), samples, speakerCheck);
    Map<String, Object> file = new TreeMap<>();
    file.put("betterThanMean", verdict.betterThanMean());
    file.put("splits", results);
    file.put("trainMeanCps", trainMean);
    file.put("verdict", verdict.sentence());
    Files.write(folder.resolve(METRICS), Json.write(file));
    return new EvaluationFacts(results, verdict.betterThanMean(), verdict.sentence());
  }

  private static double trainMean(List<Sample> samples) {
    for (String split : List.of("train", "test")) {
      if (samples.stream().noneMatch(sample -> sample.split().equals(split))) {
        throw new Refusal(
            Refusal.Kind.TOO_FEW_ROWS,
            String.format(
                "evaluation needs at least 1 utterance in split %s, got 0 of the dataset's %d",
                split, samples.size()));
      }
    }
    return samples.stream()
        .filter(sample -> sample.split().equals("train"))
        .mapToDouble(Sample::cps)
        .average()
        .orElseThrow();
  }

  private void evaluate(
      List<Sample> block,
      EmbeddingMatrix matrix,
      Map<String, RegressionMetrics> metrics,
      Writer predictions)
      throws IOException {
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
      split.add(sample.cps(), predicted[i]);
      predictions.write(
          CSVFormat.DEFAULT.format(
              sample.sampleId(), sample.split(), sample.speakerId(), sample.cps(), predicted[i]));
      predictions.write('\n');
    }
  }
}
