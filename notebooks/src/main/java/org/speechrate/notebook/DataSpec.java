package org.speechrate.notebook;

import java.util.Map;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.training.Recipe;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * The fields that runs of {@code Train}, {@code Sweep} and {@code Probe} share: corpus, labels,
 * dataset and training.
 *
 * @param <S> the spec itself
 */
public abstract class DataSpec<S extends DataSpec<S>> extends Spec<S> {
  /** For the specs of this package. */
  DataSpec() {}

  /** Folder in LibriSpeech's layout. */
  public S corpusRoot(String folder) {
    return set("corpus.root", folder);
  }

  /** CSV or TSV with a row for each utterance. */
  public S corpusManifest(String file) {
    return set("corpus.manifest", file);
  }

  /** The subset folder of each split. */
  public S corpusSplits(String train, String dev, String test) {
    return set("corpus.splits", Map.of("train", train, "dev", dev, "test", test));
  }

  public S corpusDurations(CorpusSpec.Durations durations) {
    return set("corpus.durations", durations);
  }

  /** How many files are read at once. */
  public S corpusThreads(int threads) {
    return set("corpus.threads", threads);
  }

  /** Folder of {@code <split>_cps.csv}. */
  public S labelsDirectory(String folder) {
    return set("labels.directory", folder);
  }

  public S onMissing(DatasetSpec.OnMissing what) {
    return set("dataset.onMissing", what);
  }

  public S onSpeakerOverlap(DatasetSpec.OnSpeakerOverlap what) {
    return set("dataset.onSpeakerOverlap", what);
  }

  /** The labels' column that names the speaker. */
  public S speakerFrom(String column) {
    return set("dataset.speakerFrom", column);
  }

  /** The starting point that the other fields of training override. */
  public S recipe(Recipe recipe) {
    return set("training.recipe", recipe);
  }

  /** Widths of the hidden layers. */
  public S hidden(int... widths) {
    return set("training.hidden", widths);
  }

  /** Most passes over the train split. */
  public S epochs(int epochs) {
    return set("training.epochs", epochs);
  }

  public S batchSize(int samples) {
    return set("training.batchSize", samples);
  }

  public S learningRate(double rate) {
    return set("training.learningRate", rate);
  }

  /** Decoupled, on weights. */
  public S weightDecay(double decay) {
    return set("training.weightDecay", decay);
  }

  /** Epochs without a better dev MSE before training stops; 0 trains all and keeps the last. */
  public S patience(int epochs) {
    return set("training.patience", epochs);
  }

  public S standardizeTargets(boolean yes) {
    return set("training.standardizeTargets", yes);
  }

  public S scaleInputs(boolean yes) {
    return set("training.scaleInputs", yes);
  }

  public S activation(TrainingSpec.Activation activation) {
    return set("training.activation", activation);
  }

  /** Adds a linear function of the inputs to the output. */
  public S linearPath(boolean yes) {
    return set("training.linearPath", yes);
  }

  /** Share of the hidden values that each step leaves out. */
  public S dropout(double share) {
    return set("training.dropout", share);
  }

  /** Longest gradient; 0 clips none. */
  public S clipNorm(double norm) {
    return set("training.clipNorm", norm);
  }

  public S loss(TrainingSpec.Loss loss) {
    return set("training.loss", loss);
  }

  /** Letters/s from which on the Huber loss grows linearly. */
  public S huberDelta(double delta) {
    return set("training.huberDelta", delta);
  }

  /** Of the learning rate. */
  public S schedule(TrainingSpec.Schedule schedule) {
    return set("training.schedule", schedule);
  }

  /** Epochs in which the learning rate rises to its full value. */
  public S warmupEpochs(int epochs) {
    return set("training.warmupEpochs", epochs);
  }

  /** Begins with ridge regression; the network learns what that leaves. */
  public S ridgeStart(boolean yes) {
    return set("training.ridgeStart", yes);
  }

  /** Shifts the output by the mean error over train and dev together. */
  public S shiftByDev(boolean yes) {
    return set("training.shiftByDev", yes);
  }

  /** Networks trained side by side, whose mean is the model. */
  public S ensemble(int networks) {
    return set("training.ensemble", networks);
  }

  /** Folds of 3 or more, each of other speakers; 0 for none. */
  public S crossValidation(int folds) {
    return set("training.crossValidation", folds);
  }

  public S seed(long seed) {
    return set("training.seed", seed);
  }

  public S device(TrainingSpec.Device device) {
    return set("training.device", device);
  }

  /** False runs every stage anew, also unchanged ones. */
  public S reuse(boolean yes) {
    return set("reuse", yes);
  }
}
