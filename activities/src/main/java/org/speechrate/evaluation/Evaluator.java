package org.speechrate.evaluation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.speechrate.dataset.Sample;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationSpec;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.evaluation.SplitScores;
import org.speechrate.regression.RidgeRegression;
import org.speechrate.report.Report;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/**
 * Evaluates a model on all splits of a dataset, by the code that will read it once published, a
 * block of utterances at a time; beside it the train labels' mean and ridge regression.
 */
final class Evaluator {
  /** Name of the metrics in the stage's folder. */
  static final String METRICS = "metrics.json";

  /** Name of the same for people. */
  static final String TEXT = "metrics.txt";

  /** Name of the predictions in the stage's folder. */
  static final String PREDICTIONS = "predictions.csv";

  /** The predictors, in their order everywhere. */
  static final int MODEL = 0;

  static final int MEAN = 1;
  static final int RIDGE = 2;

  /** A megabyte of embeddings of 256 values. */
  private static final int BLOCK_ROWS = 1024;

  /** Of the bootstrap: intervals must be the same in every run. */
  static final long SEED = 0;

  /** The last three are the Python system's names, for whoever reads its predictions.csv. */
  static final List<String> COLUMNS =
      List.of(
          "sample_id",
          "split",
          "speaker_id",
          "true_cps",
          "predicted_cps",
          "ridge_cps",
          "filename",
          "true",
          "predicted");

  private final SpeechRateModel model;
  private final String speakerCheck;
  private final EvaluationSpec spec;

  /**
   * @param speakerCheck the dataset's sentence on speakers
   */
  Evaluator(SpeechRateModel model, String speakerCheck, EvaluationSpec spec) {
    this.model = model;
    this.speakerCheck = speakerCheck;
    this.spec = spec;
  }

  /**
   * Writes metrics.json, metrics.txt, predictions.csv and report.html.
   *
   * @param labels the labels stage's folder
   * @param background of the model, for the report
   * @throws Refusal if train or test has no utterance, or the embeddings have another dimension
   *     than the model takes
   */
  EvaluationFacts evaluate(
      Path samplesCsv,
      Path xNpy,
      Optional<Path> labels,
      Background background,
      Path folder,
      StageMonitor monitor)
      throws IOException {
    Evaluated evaluated = Evaluated.read(samplesCsv);
    EmbeddingMatrix matrix = EmbeddingMatrix.open(xNpy);
    if (matrix.dimension() != model.dimension()) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          String.format(
              "the model takes embeddings of %d values, got %d",
              model.dimension(), matrix.dimension()));
    }
    Optional<String> noRidge =
        RidgeRegression.reasonAgainst(evaluated.utterances("train"), matrix.dimension());
    Optional<RidgeRegression.Fit> ridge =
        noRidge.isPresent()
            ? Optional.empty()
            : Optional.of(fitRidge(samplesCsv, matrix, evaluated, monitor));
    int predictors = ridge.isPresent() ? 3 : 2;
    Map<String, SplitPredictions> splits = new LinkedHashMap<>();
    for (String split : Splits.NAMES) {
      if (evaluated.utterances(split) > 0) {
        splits.put(split, new SplitPredictions(split, evaluated.mean(split), predictors));
      }
    }
    TestBreakdown parts = new TestBreakdown(labels, evaluated.mean("test"), predictors);
    parts.readLengths(evaluated.utterances("test"));
    ReportInput report = new ReportInput(evaluated.utterances("test"), matrix.dimension());
    predict(samplesCsv, matrix, evaluated, ridge, splits, parts, report, folder, monitor);

    Map<String, SplitScores> scores = new LinkedHashMap<>();
    SpeakerBootstrap bootstrap = new SpeakerBootstrap(spec.bootstrap(), SEED);
    for (SplitPredictions split : splits.values()) {
      monitor.progress("intervals of " + split.split(), evaluated.samples(), evaluated.samples());
      scores.put(
          split.split(),
          scores(split, bootstrap.compare(split), evaluated.speakers(split.split()), noRidge));
    }
    Verdict verdict =
        Verdict.of(scores.get("test"), evaluated.testSpeakers(samplesCsv), speakerCheck);
    Breakdown breakdown = parts.result(splits.get("test"));
    write(folder, evaluated, ridge, scores, breakdown, verdict);
    Files.writeString(
        folder.resolve(EvaluationFacts.REPORT),
        Report.html(
            report.data(verdict, evaluated.mean("train"), scores, breakdown, background), monitor));
    Map<String, SplitMetrics> metrics = new LinkedHashMap<>();
    scores.forEach((split, each) -> metrics.put(split, SplitMetrics.of(each)));
    return new EvaluationFacts(metrics, verdict.betterThanMean(), verdict.sentence());
  }

  private static SplitScores scores(
      SplitPredictions split,
      SpeakerBootstrap.Comparison comparison,
      Optional<Long> speakers,
      Optional<String> noRidge) {
    boolean ridge = noRidge.isEmpty();
    return new SplitScores(
        split.all().n(),
        speakers,
        comparison.scores().get(MODEL),
        comparison.scores().get(MEAN),
        ridge ? Optional.of(comparison.scores().get(RIDGE)) : Optional.empty(),
        noRidge,
        comparison.less().get(MEAN - 1),
        ridge ? Optional.of(comparison.less().get(RIDGE - 1)) : Optional.empty());
  }

  /** Some rows, with their embeddings. */
  private interface Block {
    void take(List<Sample> samples, float[][] embeddings);
  }

  private static void forEachBlock(
      Path samplesCsv,
      EmbeddingMatrix matrix,
      Optional<String> split,
      String what,
      long total,
      StageMonitor monitor,
      Block consumer)
      throws IOException {
    List<Sample> block = new ArrayList<>(BLOCK_ROWS);
    long[] done = {0};
    Runnable take =
        () -> {
          float[][] embeddings = new float[block.size()][matrix.dimension()];
          for (int i = 0; i < embeddings.length; i++) {
            matrix.read(block.get(i).row(), embeddings[i], 0);
          }
          consumer.take(block, embeddings);
          done[0] += block.size();
          block.clear();
          monitor.progress(
              String.format(Locale.ROOT, "%s%,d of %,d utterances", what, done[0], total),
              done[0],
              total);
        };
    SampleTable.forEach(
        samplesCsv,
        sample -> {
          if (split.isEmpty() || split.get().equals(sample.split())) {
            block.add(sample);
            if (block.size() == BLOCK_ROWS) {
              take.run();
            }
          }
        });
    if (!block.isEmpty()) {
      take.run();
    }
  }

  private static RidgeRegression.Fit fitRidge(
      Path samplesCsv, EmbeddingMatrix matrix, Evaluated evaluated, StageMonitor monitor)
      throws IOException {
    RidgeRegression ridge = new RidgeRegression(matrix.dimension());
    boolean bySpeaker = evaluated.speakers("train").filter(count -> count > 1).isPresent();
    Map<String, Integer> numbers = new HashMap<>();
    int[] next = {0};
    forEachBlock(
        samplesCsv,
        matrix,
        Optional.of("train"),
        "ridge regression: ",
        evaluated.utterances("train"),
        monitor,
        (samples, embeddings) -> {
          double[] targets = samples.stream().mapToDouble(Sample::target).toArray();
          int[] groups = new int[targets.length];
          for (int i = 0; i < groups.length; i++) {
            groups[i] = bySpeaker ? group(samples.get(i).speakerId(), numbers) : next[0]++;
          }
          ridge.add(embeddings, targets, groups);
        });
    return ridge.fit();
  }

  /** The first speakers by number, so that few of them fill all folds; of many the name decides. */
  private static int group(String speaker, Map<String, Integer> numbers) {
    Integer known = numbers.get(speaker);
    if (known != null) {
      return known;
    }
    if (numbers.size() == SplitPredictions.MOST_SPEAKERS) {
      return speaker.hashCode() & Integer.MAX_VALUE;
    }
    numbers.put(speaker, numbers.size());
    return numbers.size() - 1;
  }

  private void predict(
      Path samplesCsv,
      EmbeddingMatrix matrix,
      Evaluated evaluated,
      Optional<RidgeRegression.Fit> ridge,
      Map<String, SplitPredictions> splits,
      TestBreakdown parts,
      ReportInput report,
      Path folder,
      StageMonitor monitor)
      throws IOException {
    double mean = evaluated.mean("train");
    try (CsvOutput csv = CsvOutput.create(folder.resolve(PREDICTIONS), COLUMNS)) {
      Consumer<Predicted> consumer =
          each -> {
            Sample sample = each.sample();
            double[] predictions =
                each.ridge()
                    .map(value -> new double[] {each.model(), mean, value})
                    .orElseGet(() -> new double[] {each.model(), mean});
            splits.get(sample.split()).add(sample.speakerId(), sample.target(), predictions);
            if (sample.split().equals("test")) {
              parts.add(sample, predictions);
            }
            String label = Double.toString(sample.target());
            String predicted = Float.toString(each.model());
            csv.row(
                sample.sampleId(),
                sample.split(),
                sample.speakerId(),
                label,
                predicted,
                each.ridge().map(value -> Float.toString(value)).orElse(""),
                sample.sampleId(),
                label,
                predicted);
          };
      forEachBlock(
          samplesCsv,
          matrix,
          Optional.empty(),
          "",
          evaluated.samples(),
          monitor,
          (samples, embeddings) -> predict(samples, embeddings, ridge, splits, report, consumer));
    }
  }

  private record Predicted(Sample sample, float model, Optional<Float> ridge) {}

  private void predict(
      List<Sample> samples,
      float[][] embeddings,
      Optional<RidgeRegression.Fit> ridge,
      Map<String, SplitPredictions> splits,
      ReportInput report,
      Consumer<Predicted> consumer) {
    float[] predicted = model.predict(embeddings);
    for (int i = 0; i < predicted.length; i++) {
      Sample sample = samples.get(i);
      float[] embedding = embeddings[i];
      if (!splits.containsKey(sample.split()) || !Float.isFinite(predicted[i])) {
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
      Optional<Float> line = ridge.map(fit -> (float) fit.predict(embedding));
      consumer.accept(new Predicted(sample, predicted[i], line));
      if (sample.split().equals("test")) {
        report.add(sample, predicted[i], line, embedding);
      }
    }
  }

  private void write(
      Path folder,
      Evaluated evaluated,
      Optional<RidgeRegression.Fit> ridge,
      Map<String, SplitScores> scores,
      Breakdown breakdown,
      Verdict verdict)
      throws IOException {
    Map<String, Object> splits = new TreeMap<>();
    scores.forEach(
        (split, each) -> {
          Map<String, Object> fields = new TreeMap<>();
          Map<?, ?> flat = Json.convert(SplitMetrics.of(each), Map.class);
          flat.forEach((name, value) -> fields.put((String) name, value));
          fields.put("scores", each);
          splits.put(split, fields);
        });
    Map<String, Object> file = new TreeMap<>();
    file.put("betterThanMean", verdict.betterThanMean());
    file.put("bootstrap", spec.bootstrap());
    file.put("breakdown", breakdown);
    file.put("ridgeAlpha", ridge.map(RidgeRegression.Fit::alpha));
    file.put("splits", splits);
    file.put("trainMeanCps", evaluated.mean("train"));
    file.put("verdict", verdict.sentence());
    Files.write(folder.resolve(METRICS), Json.write(file));
    Files.write(
        folder.resolve(TEXT),
        new MetricsText(verdict.sentence(), spec.bootstrap(), scores, breakdown)
            .text()
            .getBytes(StandardCharsets.UTF_8));
  }
}
