package org.speechrate.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.Scores;
import org.speechrate.pipeline.evaluation.SplitScores;
import org.speechrate.report.ReportData.Breakdown;
import org.speechrate.report.ReportData.Calibration;
import org.speechrate.report.ReportData.Embedded;
import org.speechrate.report.ReportData.Group;
import org.speechrate.report.ReportData.Prediction;
import org.speechrate.report.ReportData.Worst;

/** Reports' data that look like a run's, without one. */
final class TestReports {
  private TestReports() {}

  /** How large a report's test split is, and what its users called things. */
  record Shape(int utterances, int speakers, int dimension, String name) {}

  static final Shape SMALL = new Shape(60, 4, 8, "");

  /** test-clean of LibriSpeech. */
  static final Shape LIBRISPEECH = new Shape(2620, 40, 256, "");

  static Score score(double value) {
    return new Score(
        Optional.of(value),
        Optional.of(new Interval(value - 0.1 * Math.abs(value), value + 0.1 * Math.abs(value))),
        Optional.empty());
  }

  static Score undefined(String reason) {
    return new Score(Optional.empty(), Optional.empty(), Optional.of(reason));
  }

  static Scores scores(double mse) {
    return new Scores(
        score(mse),
        score(0.8 * Math.sqrt(mse)),
        score(Math.sqrt(mse)),
        score(1 - mse / 4),
        score(0.6),
        score(0.55));
  }

  static SplitScores split(long n, long speakers, double mse) {
    Score constant = undefined("the prediction is always the same");
    return new SplitScores(
        n,
        Optional.of(speakers),
        scores(mse),
        new Scores(score(4.25), score(1.7), score(2.06), score(-0.002), constant, constant),
        Optional.of(scores(2.9)),
        Optional.empty(),
        new Scores(score(mse - 4.25), score(-0.3), score(-0.4), score(0.35), constant, constant),
        Optional.of(
            new Scores(
                score(-0.2), score(-0.05), score(-0.07), score(0.06), score(0.05), score(0.04))));
  }

  static ReportData of(Shape shape) {
    Random random = new Random(5);
    List<Prediction> predictions = new ArrayList<>();
    List<Embedded> embeddings = new ArrayList<>();
    for (int s = 0; s < shape.speakers(); s++) {
      String speaker = shape.name() + (100 + 37 * s);
      double habit = 13 + 2 * random.nextGaussian();
      float[] centre = new float[shape.dimension()];
      for (int k = 0; k < centre.length; k++) {
        centre[k] = (float) random.nextGaussian();
      }
      int from = s * shape.utterances() / shape.speakers();
      int to = (s + 1) * shape.utterances() / shape.speakers();
      for (int i = from; i < to; i++) {
        double cps = Math.max(3, habit + 1.3 * random.nextGaussian());
        predictions.add(
            new Prediction(
                speaker + "-" + i,
                speaker,
                cps,
                13 + 0.6 * (habit - 13) + 0.7 * random.nextGaussian(),
                Optional.of(13.0)));
        float[] embedding = new float[shape.dimension()];
        for (int k = 0; k < embedding.length; k++) {
          embedding[k] = (float) (centre[k] + 0.5 * random.nextGaussian());
        }
        embeddings.add(new Embedded(speaker, cps, embedding));
      }
    }
    Map<String, SplitScores> scores = new LinkedHashMap<>();
    scores.put("train", split(28_539, 251, 0.9));
    scores.put("dev", split(2703, 40, 2.5));
    scores.put("test", split(shape.utterances(), shape.speakers(), 2.63));
    return new ReportData(
        "Better than the mean on test: MSE 2.63 against 4.25; not distinguishable from ridge "
            + shape.name(),
        true,
        13.02,
        scores,
        IntStream.rangeClosed(1, 41)
            .mapToObj(
                e -> new EpochLoss(e, 0.8 + 180.0 / (e * e), 2.4 + 150.0 / (e * e) + 0.01 * e))
            .toList(),
        Optional.of(21),
        predictions,
        breakdown(predictions, shape.name()),
        embeddings,
        facts(shape.name(), "utterances", "28,539 train, 2,703 dev, 2,620 test"),
        facts(shape.name(), "seed", "0"));
  }

  private static Map<String, String> facts(String name, String key, String value) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(name + key, name + value);
    facts.put("labels", "data/stages/labels/3f…, sha256 9a8b7c6d");
    return facts;
  }

  private static Breakdown breakdown(List<Prediction> predictions, String name) {
    Map<String, List<Prediction>> speakers =
        predictions.stream()
            .collect(
                Collectors.groupingBy(
                    Prediction::speaker, LinkedHashMap::new, Collectors.toList()));
    List<Group> groups = new ArrayList<>();
    speakers.forEach((speaker, of) -> groups.add(group(speaker, of)));
    List<Group> bands = new ArrayList<>();
    for (int from = 8; from < 18; from += 2) {
      int low = from;
      List<Prediction> band =
          predictions.stream().filter(p -> p.trueCps() >= low && p.trueCps() < low + 2).toList();
      if (!band.isEmpty()) {
        bands.add(group(name + low + " to " + (low + 2), band));
      }
    }
    List<Worst> worst =
        predictions.stream()
            .sorted(Comparator.comparingDouble(p -> -Math.abs(p.predictedCps() - p.trueCps())))
            .limit(20)
            .map(
                p ->
                    new Worst(
                        p,
                        name
                            + "HE HAD WRITTEN A NUMBER OF BOOKS HIMSELF AMONG THEM A HISTORY OF"
                            + " DANCING A HISTORY OF COSTUME A KEY TO SHAKESPEARE'S SONNETS",
                        name + "corpus/test/LibriSpeech/test/" + p.sampleId() + ".flac"))
            .toList();
    return new Breakdown(
        groups,
        bands,
        bands,
        worst,
        Optional.of(new Calibration(0.9, 1.2, 0.62)),
        Optional.empty(),
        List.of("lengths: not known " + name));
  }

  private static Group group(String name, List<Prediction> of) {
    double mse = 0;
    double mae = 0;
    double bias = 0;
    double baseline = 0;
    for (Prediction each : of) {
      double error = each.predictedCps() - each.trueCps();
      mse += error * error / of.size();
      mae += Math.abs(error) / of.size();
      bias += error / of.size();
      baseline += Math.pow(13 - each.trueCps(), 2) / of.size();
    }
    return new Group(name, of.size(), mse, mae, bias, baseline);
  }
}
