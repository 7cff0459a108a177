package org.speechrate.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.evaluation.SeedBootstrap;
import org.speechrate.evaluation.SeedBootstrap.Trained;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.ProbeScore;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.Problems;

/** All probes of one layer. */
final class LayerProbe {
  private static final int BLOCK_ROWS = 1024;

  private final String name;
  private final Task task;
  private final List<Task> controls;
  private final long seed;
  private final SeedBootstrap bootstrap;
  private final StageMonitor monitor;

  /**
   * Labels, embeddings, and the networks that were trained on them.
   *
   * @param failure what is to be said of a network that failed
   */
  record Task(
      ProbeSamples samples,
      EmbeddingMatrix matrix,
      List<SpeechRateModel> networks,
      Optional<String> failure) {
    Task {
      networks = List.copyOf(networks);
      for (SpeechRateModel network : networks) {
        if (network.dimension() != matrix.dimension()) {
          throw new Refusal(
              Refusal.Kind.BAD_VALUE,
              String.format(
                  "the network takes embeddings of %d values, got %d",
                  network.dimension(), matrix.dimension()));
        }
      }
    }

    Features features() {
      return Features.of(matrix);
    }
  }

  /** What predicts letters per second of some samples. */
  private interface Predictor {
    double[] predict(ProbeSamples.Part samples);
  }

  /**
   * @param name for progress
   * @param rounds of the bootstrap
   */
  LayerProbe(
      String name, Task task, List<Task> controls, long seed, int rounds, StageMonitor monitor) {
    this.name = Problems.value(name);
    this.task = task;
    this.controls = controls;
    this.seed = seed;
    this.monitor = monitor;
    ProbeSamples.Part test = task.samples().test();
    bootstrap =
        new SeedBootstrap(
            rounds,
            seed,
            test.count(),
            // One speaker has utterances for groups, but for intervals is still one.
            test.speakers().map(count -> count > 1 ? test.groups() : new int[test.count()]));
  }

  LayerScores scores() {
    Features features = task.features();
    ProbeSamples.Part test = task.samples().test();
    return new LayerScores(
        features.dimension(),
        test.count(),
        test.speakers().map(Integer::longValue),
        ridge(),
        networks(),
        OnlineCode.of(features, task.samples().train(), seed, monitor, name),
        HeldOutCorrelation.of(features, task.samples().learning(), monitor, name));
  }

  private ProbeScore ridge() {
    Optional<String> against =
        LinearProbe.reasonAgainst(task.samples().train(), task.matrix().dimension());
    if (against.isPresent()) {
      return absent(against.get());
    }
    monitor.progress(name + ": ridge regression", 0, 0);
    return score(
        each -> {
          Features features = each.features();
          var fit = LinearProbe.fit(features, each.samples().train(), monitor);
          return List.of(samples -> LinearProbe.predict(fit, features, samples));
        },
        Optional.empty());
  }

  private ProbeScore networks() {
    if (task.networks().isEmpty()) {
      return absent(task.failure().orElse("no network was trained"));
    }
    monitor.progress(name + ": networks", 0, 0);
    return score(
        each ->
            each.networks().stream()
                .map(network -> (Predictor) samples -> predict(network, each.matrix(), samples))
                .toList(),
        task.failure());
  }

  /**
   * @param predictors of a task
   * @param failure of one of them
   */
  private ProbeScore score(Function<Task, List<Predictor>> predictors, Optional<String> failure) {
    List<Predictor> own = predictors.apply(task);
    double dev =
        own.stream()
            .mapToDouble(each -> SeedBootstrap.r2(trained(each, task.samples().dev())))
            .average()
            .orElse(Double.NaN);
    List<Trained> runs = own.stream().map(each -> trained(each, task.samples().test())).toList();
    List<Trained> others = new ArrayList<>();
    for (Task control : controls) {
      for (Predictor each : predictors.apply(control)) {
        others.add(trained(each, control.samples().test()));
      }
    }
    Score none =
        absence(controls.isEmpty() ? "there is no control task" : "no network was trained");
    Score test = bootstrap.r2(runs);
    return new ProbeScore(
        Double.isNaN(dev) ? Optional.empty() : Optional.of(dev),
        failure
            .map(
                line ->
                    new Score(
                        test.value(),
                        test.interval(),
                        Optional.of("of the seeds that did not fail: " + line)))
            .orElse(test),
        others.isEmpty() ? none : bootstrap.r2(others),
        others.isEmpty() ? none : bootstrap.difference(runs, others));
  }

  private static Trained trained(Predictor predictor, ProbeSamples.Part samples) {
    return new Trained(samples.cps(), predictor.predict(samples));
  }

  private double[] predict(
      SpeechRateModel network, EmbeddingMatrix matrix, ProbeSamples.Part samples) {
    double[] predicted = new double[samples.count()];
    for (int from = 0; from < predicted.length; from += BLOCK_ROWS) {
      monitor.endIfStopped();
      int to = Math.min(from + BLOCK_ROWS, predicted.length);
      float[][] block = new float[to - from][matrix.dimension()];
      for (int i = from; i < to; i++) {
        matrix.read(samples.rows()[i], block[i - from], 0);
      }
      float[] cps = network.predict(block);
      for (int i = from; i < to; i++) {
        predicted[i] = cps[i - from];
      }
    }
    if (!Arrays.stream(predicted).allMatch(Double::isFinite)) {
      throw new Refusal(Refusal.Kind.BAD_VALUE, "a network's predictions are not finite");
    }
    return predicted;
  }

  private static ProbeScore absent(String reason) {
    return new ProbeScore(Optional.empty(), absence(reason), absence(reason), absence(reason));
  }

  private static Score absence(String reason) {
    return new Score(Optional.empty(), Optional.empty(), Optional.of(reason));
  }
}
