package org.speechrate.publishing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.speechrate.dataset.Sample;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.evaluation.SpeakerBootstrap;
import org.speechrate.evaluation.SplitPredictions;
import org.speechrate.model.AliasChange;
import org.speechrate.model.ModelFolder;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.predict.InputStatistics;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.table.CsvInput;
import org.speechrate.table.Decimals;

/**
 * A run's model against the champion: both predict the run's test utterances of speakers that
 * neither has heard, and a bootstrap over these speakers tells whether the difference can be luck.
 */
final class Challenge {
  /** As in evaluation: the same run gets the same answer. */
  private static final long SEED = 0;

  private static final int BLOCK_ROWS = 1024;

  /** Of the champion's own predictions, to see whether the same encoder made the embeddings. */
  private static final int MOST_PROBES = 1000;

  /**
   * In letters/s. The champion answers the same embedding with the same number; one that was
   * computed again on another machine moves it by thousandths, one of another encoder by whole
   * letters.
   */
  private static final double SAME_ANSWER = 0.05;

  private final Path workspace;
  private final ModelFolder models;

  /** The part of a version's provenance that a comparison needs. */
  record Made(Map<String, Artifact> artifacts) {
    Optional<Artifact> artifact(String stage) {
      return Optional.ofNullable(artifacts == null ? null : artifacts.get(stage));
    }
  }

  /**
   * The model that wants to be the champion.
   *
   * @param samplesCsv of its dataset
   * @param xNpy its embeddings
   * @param trained what its training made
   * @param heard by it; absent where not known
   * @param rounds of the bootstrap
   * @param margin share of the champion's MSE that it has to save
   */
  record Challenger(
      SpeechRateModel model,
      Path samplesCsv,
      Path xNpy,
      Artifact trained,
      Optional<? extends Set<String>> heard,
      int rounds,
      double margin) {}

  Challenge(Path workspace, ModelFolder models) {
    this.workspace = workspace;
    this.models = models;
  }

  /**
   * Whether the challenger is better, in a clause with numbers.
   *
   * @param name of the model whose champion is challenged
   */
  Gate judge(String name, Challenger challenger, StageMonitor monitor) throws IOException {
    List<String> versions = models.versions(name);
    if (versions.isEmpty()) {
      return new Gate(true, "there is no champion yet");
    }
    String version =
        models
            .alias(name, ModelFolder.CHAMPION)
            .map(AliasChange::version)
            .orElse(versions.get(versions.size() - 1));
    if (!versions.contains(version)) {
      return stays(version, "its folder is gone; `models promote` names another one");
    }
    Path folder = models.resolve(name + "@" + version);
    Path provenance = folder.resolve(PublishingStage.PROVENANCE);
    Made made =
        Files.isRegularFile(provenance)
            ? Json.read(Files.readAllBytes(provenance), Made.class)
            : new Made(Map.of());
    if (made.artifact("training")
        .filter(its -> its.sha256().equals(challenger.trained().sha256()))
        .isPresent()) {
      return stays(version, "it is this very model, as nothing has changed since");
    }
    SpeechRateModel champion;
    try {
      champion = SpeechRateModel.load(folder);
    } catch (IOException e) {
      return stays(version, "it cannot be read: " + e.getMessage());
    }
    if (champion.dimension() != challenger.model().dimension()) {
      return stays(
          version,
          String.format(
              "it takes embeddings of %d values and this run's have %d, so the two cannot be"
                  + " compared",
              champion.dimension(), challenger.model().dimension()));
    }
    if (challenger.heard().isEmpty()) {
      return stays(version, "the speakers of this run's data are not known");
    }
    Optional<Set<String>> its = heard(folder, made);
    if (its.isEmpty()) {
      return stays(version, "the speakers that it was trained on are not known");
    }
    Set<String> heard = new HashSet<>(its.get());
    heard.addAll(challenger.heard().get());
    return compare(folder, champion, probes(made), heard, challenger, monitor);
  }

  private static Gate stays(String version, String why) {
    return new Gate(false, "champion " + version + " stays: " + why);
  }

  private Optional<Set<String>> heard(Path folder, Made made) throws IOException {
    Path file = folder.resolve(HeardSpeakers.FILE);
    if (Files.isRegularFile(file)) {
      return Optional.of(HeardSpeakers.read(file));
    }
    Optional<Path> samples = output(made, "dataset", SampleTable.FILE);
    return samples.isPresent()
        ? HeardSpeakers.ofDataset(samples.get()).names().map(Set::copyOf)
        : Optional.empty();
  }

  /** What the champion said when it was evaluated, where that is still there. */
  private Map<String, Double> probes(Made made) throws IOException {
    Map<String, Double> probes = new HashMap<>();
    Optional<Path> file = output(made, "evaluation", "predictions.csv");
    if (file.isPresent()) {
      try (CsvInput input = CsvInput.open(file.get(), file.get().toString())) {
        List.of("sample_id", "split", "predicted_cps").forEach(input::require);
        input.forEach(
            row -> {
              if (probes.size() < MOST_PROBES && row.get("split").equals("test")) {
                Decimals.parse(row.get("predicted_cps"))
                    .ifPresent(said -> probes.put(row.get("sample_id"), said));
              }
            });
      }
    }
    return probes;
  }

  private Optional<Path> output(Made made, String stage, String file) {
    return made.artifact(stage)
        .map(artifact -> workspace.resolve(artifact.uri()).resolve(file))
        .filter(Files::isRegularFile);
  }

  private Gate compare(
      Path folder,
      SpeechRateModel champion,
      Map<String, Double> probes,
      Set<String> heard,
      Challenger challenger,
      StageMonitor monitor)
      throws IOException {
    String version = folder.getFileName().toString();
    EmbeddingMatrix matrix = EmbeddingMatrix.open(challenger.xNpy());
    double[] about = {0};
    Set<String> unheard = new HashSet<>();
    int[] others = {0};
    int[] probed = {0};
    List<SplitPredictions> split = new ArrayList<>(1);
    List<Sample> block = new ArrayList<>(BLOCK_ROWS);
    Runnable take =
        () -> {
          monitor.progress("compares with the champion", 0, 0);
          float[][] embeddings = new float[block.size()][matrix.dimension()];
          for (int i = 0; i < embeddings.length; i++) {
            matrix.read(block.get(i).row(), embeddings[i], 0);
          }
          float[] own = challenger.model().predict(embeddings);
          float[] its = champion.predict(embeddings);
          for (int i = 0; i < own.length; i++) {
            Sample sample = block.get(i);
            Double said = probes.get(sample.sampleId());
            if (said != null) {
              probed[0]++;
              others[0] += Math.abs(its[i] - said) > SAME_ANSWER ? 1 : 0;
            }
            if (!heard.contains(sample.speakerId())) {
              if (split.isEmpty()) {
                about[0] = sample.target();
                split.add(new SplitPredictions("test", about[0], 2));
              }
              unheard.add(sample.speakerId());
              split.get(0).add(sample.speakerId(), sample.target(), own[i], its[i]);
            }
          }
          block.clear();
        };
    SampleTable.forEach(
        challenger.samplesCsv(),
        sample -> {
          if (sample.split().equals("test")
              && (probes.containsKey(sample.sampleId()) || !heard.contains(sample.speakerId()))) {
            block.add(sample);
            if (block.size() == BLOCK_ROWS) {
              take.run();
            }
          }
        });
    if (!block.isEmpty()) {
      take.run();
    }
    if (2 * others[0] > probed[0]) {
      return stays(
          version,
          "to the same utterances it gives other answers than when it was evaluated, so another"
              + " encoder made this run's embeddings, and the two cannot be compared");
    }
    if (split.isEmpty()) {
      return stays(version, "there is no test speaker that neither model was trained on");
    }
    String doubt = "";
    if (probed[0] == 0) {
      // No utterance shows the encoder; the embeddings as a whole may.
      Optional<InputStatistics> its =
          InputStatistics.ofVersion(folder, challenger.model().dimension());
      Optional<String> difference =
          its.isPresent()
              ? InputStatistics.ofTrainSplit(challenger.samplesCsv(), challenger.xNpy())
                  .differenceFrom(its.get())
              : Optional.empty();
      if (difference.isPresent()) {
        return stays(
            version,
            difference.get()
                + "; so another encoder made this run's, it seems, and the two cannot be compared");
      }
      doubt = its.isPresent() ? "" : "; whether both are of one encoder is not known";
    }
    SpeakerBootstrap.Comparison comparison =
        new SpeakerBootstrap(challenger.rounds(), SEED).compare(split.get(0));
    return verdict(version, comparison, unheard.size(), challenger.margin(), doubt);
  }

  private static Gate verdict(
      String version,
      SpeakerBootstrap.Comparison comparison,
      int speakers,
      double margin,
      String doubt) {
    double own = comparison.scores().get(0).mse().value().orElseThrow();
    double its = comparison.scores().get(1).mse().value().orElseThrow();
    List<String> both = Decimals.apart(own, its, 2);
    String numbers =
        String.format(
            Locale.ROOT,
            "MSE %s against champion %s's %s on %s that neither was trained on",
            both.get(0),
            version,
            both.get(1),
            Counts.of(speakers, "test speaker"));
    Score difference = comparison.less().get(0).mse();
    if (difference.interval().isEmpty()) {
      return new Gate(
          false,
          "the champion stays: " + numbers + ", but " + difference.reason().orElse("no interval"));
    }
    Interval interval = difference.interval().get();
    double needed = -margin * its;
    boolean better = interval.high() < needed;
    String text =
        String.format(
            Locale.ROOT,
            "%s (95 %% interval of the difference %s%s)",
            numbers,
            String.join(" to ", Decimals.apart(interval.low(), interval.high(), 2)),
            better
                ? ""
                : margin > 0
                    ? String.format(
                        Locale.ROOT,
                        "; with publishing.margin %s it must end below %.2f",
                        margin,
                        needed)
                    : "; it must end below 0");
    return new Gate(
        better, (better ? "better than the champion: " : "the champion stays: ") + text + doubt);
  }
}
