package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.training.CrossValidation;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingResult;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.SilentMonitor;
import org.speechrate.stage.StageMonitor;

class TrainingStageTest {
  private static final Specs EIGHT_EPOCHS = Specs.SMALL.patience(0);

  @TempDir Path root;

  private TestStages stages;
  private TrainingStage stage;
  private Artifact dataset;
  private Artifact embeddings;
  private Path checkpoint;

  @BeforeEach
  void writeDataset() throws IOException {
    open("first");
  }

  /** Another workspace: nothing is reused. */
  private void open(String name) throws IOException {
    Path workspace = Files.createDirectories(root.resolve(name));
    stages = new TestStages(workspace);
    stage = new TrainingStage(stages.workspace(), stages);
    dataset = stages.dataset(40, 15, 12);
    embeddings = stages.embeddings(67);
    checkpoint = stages.workspace().root().resolve("data/runs/w/r/checkpoint.safetensors");
  }

  private TrainingRequest request(TrainingSpec spec) {
    return new TrainingRequest(
        stages.workspace().id(), true, spec, dataset, embeddings, Optional.empty(), false);
  }

  /** Asks to stop from the given epoch on. */
  private static class Monitor extends SilentMonitor {
    final int stopAt;
    final List<String> texts = new ArrayList<>();
    final List<Path> checkpoints = new ArrayList<>();
    final List<Long> samples = new ArrayList<>();
    int written;
    Optional<Path> earlier = Optional.empty();
    boolean leaving;
    int epoch;

    Monitor(int stopAt) {
      this.stopAt = stopAt;
    }

    @Override
    public void progress(String text, long done, long total) {
      texts.add(text);
    }

    @Override
    public void progress(String text, long done, long total, List<EpochLoss> losses) {
      texts.add(text);
      epoch = (int) done;
      if (text.startsWith("epoch")) {
        assertThat(losses).hasSize(Math.min(epoch, StageProgress.CURVE_POINTS));
      }
    }

    @Override
    public void epochEnded(Duration took, long trainedOn, EpochLoss loss) {
      assertThat(took).isPositive();
      assertThat(loss.devMse()).isPositive();
      samples.add(trainedOn);
    }

    @Override
    public void checkpointWritten() {
      written++;
    }

    @Override
    public void checkpointed(Path checkpoint) {
      assertThat(checkpoint).exists();
      checkpoints.add(checkpoint);
    }

    @Override
    public Optional<Path> earlierCheckpoint() {
      return earlier;
    }

    @Override
    public boolean stopRequested() {
      return epoch >= stopAt;
    }

    @Override
    public boolean workerLeaving() {
      return leaving;
    }
  }

  private StageResult<TrainingFacts> train(TrainingSpec spec) throws IOException {
    return stage.train(request(spec), checkpoint, StageMonitor.silent()).finished().orElseThrow();
  }

  private byte[] file(StageResult<TrainingFacts> result, String name) throws IOException {
    return Files.readAllBytes(stages.open(result.artifact()).resolve(name));
  }

  @Test
  void anEnsembleIsPublishedAsOneModelThatHasItsMeansDevMse() throws IOException {
    StageResult<TrainingFacts> result = train(Specs.SMALL.with("ensemble", 3).spec());
    SpeechRateModel model =
        SpeechRateModel.load(stages.open(result.artifact()).resolve("weights.safetensors"));
    assertThat(model.layers()).containsExactly(4, 15, 1);
    double squares = 0;
    for (int row = 40; row < 55; row++) {
      double error =
          model.predict(new float[][] {TestStages.embedding(row)})[0] - TestStages.cps(row);
      squares += error * error;
    }
    assertThat(squares / 15).isEqualTo(result.facts().keptDevMse(), within(1e-5));
  }

  private static final Specs RIDGE = Specs.SMALL.with("ridgeStart", true).with("shiftByDev", true);

  @Test
  void whatBeginsWithRidgeIsPublishedWithItAndWithTheShift() throws IOException {
    // With early stopping, which shifts, and to the end, so that the network is not 0.
    for (Specs specs :
        List.of(RIDGE.with("ensemble", 2), RIDGE.with("linearPath", true).patience(0))) {
      StageResult<TrainingFacts> result = train(specs.epochs(40).spec());
      SpeechRateModel model =
          SpeechRateModel.load(stages.open(result.artifact()).resolve("weights.safetensors"));
      double squares = 0;
      for (int row = 40; row < 55; row++) {
        double error =
            model.predict(new float[][] {TestStages.embedding(row)})[0] - TestStages.cps(row);
        squares += error * error;
      }
      assertThat(squares / 15).isEqualTo(result.facts().keptDevMse(), within(1e-5));
    }
  }

  @Test
  void aNetworkThatMakesDevWorseLeavesRidgeAsItWas() throws IOException {
    // So large a step that each epoch is worse than the start.
    StageResult<TrainingFacts> result = train(RIDGE.learningRate(5).spec());
    TrainingFacts facts = result.facts();
    assertThat(facts.keptEpoch()).isZero();
    assertThat(facts.epochs()).as("patience counts from the start").isEqualTo(3);
    assertThat(facts.summary()).contains("kept ridge regression, its start (dev MSE 0.0");
    SafeTensors weights =
        SafeTensors.read(stages.open(result.artifact()).resolve("weights.safetensors"));
    assertThat(weights.tensor("fc2.weight").values()).containsOnly(0);
    assertThat(weights.tensor("linear.weight").values())
        .containsExactly(new float[] {2, -1, 0, 0}, within(0.1f));
  }

  private static final Specs FOLDS = EIGHT_EPOCHS.with("crossValidation", 3).with("ensemble", 2);

  @Test
  void crossValidationPredictsEachSpeakerByATrainingOnOthers() throws IOException {
    Monitor monitor = new Monitor(Integer.MAX_VALUE);
    StageResult<TrainingFacts> result =
        stage.train(request(FOLDS.epochs(40).spec()), checkpoint, monitor).finished().orElseThrow();

    CrossValidation found = result.facts().crossValidation().orElseThrow();
    assertThat(found.folds()).isEqualTo(3);
    assertThat(found.groups()).as("three speakers each in train and dev").isEqualTo(6);
    assertThat(found.utterances()).isEqualTo(55);
    assertThat(found.mse()).isLessThan(found.meanMse() / 2);
    assertThat(found.r2().orElseThrow())
        .isEqualTo(1 - found.mse() / found.meanMse(), within(1e-12));
    assertThat(result.facts().summary())
        .contains("; 3-fold cross-validation over train and dev: MSE ");
    assertThat(monitor.texts.get(40)).matches("fold 1 of 3, epoch 1 of 40, dev MSE \\d+\\.\\d\\d");
    assertThat(monitor.texts.get(159)).startsWith("fold 3 of 3, epoch 40 of 40");
    assertThat(monitor.samples).as("of the whole train split, then of the folds'").hasSize(160);
    assertThat(monitor.samples.subList(0, 40)).containsOnly(40L);
    assertThat(monitor.written).as("after the whole and each fold").isEqualTo(4);
    List<String> table =
        new String(file(result, "cross_validation.csv"), StandardCharsets.UTF_8).lines().toList();
    assertThat(table)
        .hasSize(4)
        .first()
        .isEqualTo("fold,utterances,epochs,kept_epoch,dev_mse,mse,mean_mse");
    double squares = 0;
    for (String line : table.subList(1, 4)) {
      String[] fields = line.split(",", -1);
      squares += Integer.parseInt(fields[1]) * Double.parseDouble(fields[5]);
    }
    assertThat(squares / 55).isEqualTo(found.mse(), within(1e-12));
    // The model itself is that of the same training without it.
    byte[] history = file(result, "history.csv");
    open("second");
    assertThat(file(train(FOLDS.epochs(40).with("crossValidation", 0).spec()), "history.csv"))
        .isEqualTo(history);
  }

  @Test
  void aTrainingThatWasStoppedInAFoldGoesOnToTheSameBits() throws IOException {
    TrainingSpec spec = FOLDS.spec();
    StageResult<TrainingFacts> whole = train(spec);
    byte[] weights = file(whole, "weights.safetensors");
    byte[] table = file(whole, "cross_validation.csv");

    open("second");
    // Stopped in epoch 8 + 8 + 3, the second fold's third, without a word to the next attempt.
    Monitor first = new Monitor(8 + 8 + 3);
    TrainingResult stopped =
        stage.train(request(spec), Checkpoint.file(checkpoint.getParent(), "a", 1), first);
    assertThat(stopped.finished()).isEmpty();
    assertThat(first.texts).hasSize(19);
    Monitor second = new Monitor(Integer.MAX_VALUE);
    StageResult<TrainingFacts> resumed =
        stage
            .train(
                request(spec).from(stopped.checkpoint().orElseThrow()),
                Checkpoint.file(checkpoint.getParent(), "b", 1),
                second)
            .finished()
            .orElseThrow();
    assertThat(second.texts)
        .hasSize(8 * 4 - 19)
        .first()
        .asString()
        .startsWith("fold 2 of 3, epoch 4");
    assertThat(file(resumed, "weights.safetensors")).isEqualTo(weights);
    assertThat(file(resumed, "cross_validation.csv")).isEqualTo(table);
    assertThat(resumed.facts()).isEqualTo(whole.facts());
  }

  @Test
  void aTrainingThatIsEndedInAFoldHasNoCrossValidation() throws IOException {
    TrainingSpec spec = FOLDS.spec();
    TrainingResult stopped = stage.train(request(spec), checkpoint, new Monitor(11));
    TrainingFacts facts =
        stage
            .train(
                request(spec).from(stopped.checkpoint().orElseThrow()).finished(),
                checkpoint,
                StageMonitor.silent())
            .finished()
            .orElseThrow()
            .facts();
    assertThat(facts.epochs()).isEqualTo(8);
    assertThat(facts.crossValidation()).isEmpty();
    assertThat(facts.ended())
        .isEqualTo("all 8 epochs trained; stopped before its cross-validation was done");
  }

  @Test
  void refusesMoreFoldsThanSpeakersBeforeItTrains() {
    Monitor monitor = new Monitor(Integer.MAX_VALUE);
    assertThatThrownBy(
            () ->
                stage.train(request(FOLDS.with("crossValidation", 7).spec()), checkpoint, monitor))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "training.crossValidation: 7 folds need as many speakers in train and dev, got 6");
    assertThat(monitor.texts).isEmpty();
  }

  @Test
  void writesWeightsThatPredictCpsFromRawEmbeddingsAndTheHistory() throws IOException {
    Monitor monitor = new Monitor(Integer.MAX_VALUE);
    TrainingSpec spec = Specs.SMALL.epochs(200).patience(50).weightDecay(0).spec();
    StageResult<TrainingFacts> result =
        stage.train(request(spec), checkpoint, monitor).finished().orElseThrow();

    SpeechRateModel model =
        SpeechRateModel.load(stages.open(result.artifact()).resolve("weights.safetensors"));
    assertThat(model.layers()).containsExactly(4, 5, 1);
    double squares = 0;
    for (int row = 40; row < 55; row++) {
      double error =
          model.predict(new float[][] {TestStages.embedding(row)})[0] - TestStages.cps(row);
      squares += error * error;
    }
    // What is published is what was kept.
    assertThat(squares / 15).isEqualTo(result.facts().keptDevMse(), within(1e-5));
    // The variance of cps is about 2.5; 0.005 of it cannot be learnt.
    assertThat(result.facts().keptDevMse()).isLessThan(0.3);

    TrainingFacts facts = result.facts();
    List<String> history =
        new String(file(result, "history.csv"), StandardCharsets.UTF_8).lines().toList();
    assertThat(history).hasSize(1 + facts.epochs()).first().isEqualTo("epoch,train_mse,dev_mse");
    assertThat(history.get(facts.keptEpoch())).endsWith("," + facts.keptDevMse());
    assertThat(facts.device()).isEqualTo("cpu");
    assertThat(facts.engine()).matches("PyTorch 2\\.\\d+\\.\\d+ \\(\\w+, 1 thread\\)");
    assertThat(monitor.texts.get(6)).matches("epoch 7 of 200, dev MSE \\d+\\.\\d\\d");
  }

  @Test
  void threadsAndInstructionsStandInTheFactsAndNotInTheKey() throws IOException {
    TrainingSpec spec = Specs.SMALL.patience(0).epochs(1).spec();
    TrainingFacts facts = train(spec).facts();

    assertThat(facts.summary()).startsWith("1 epoch on cpu, kept epoch 1 (dev MSE ");
    assertThat(facts.engine())
        .isEqualTo(PyTorch.version() + " (" + PyTorch.capability() + ", 1 thread)");
    assertThat(TrainingStage.key(request(spec), Device.cpu(), Optional.empty()).spec())
        .containsEntry("engine", PyTorch.version());
  }

  @Test
  void theSameSeedGivesTheSameBits() throws IOException {
    StageResult<TrainingFacts> first = train(Specs.SMALL.spec());
    byte[] weights = file(first, "weights.safetensors");
    byte[] history = file(first, "history.csv");
    open("second");
    StageResult<TrainingFacts> second = train(Specs.SMALL.spec());
    assertThat(file(second, "weights.safetensors")).isEqualTo(weights);
    assertThat(file(second, "history.csv")).isEqualTo(history);
  }

  @Test
  void reusesATrainingThatWasDone() throws IOException {
    assertThat(train(Specs.SMALL.spec()).reused()).isFalse();
    assertThat(train(Specs.SMALL.spec()).reused()).isTrue();
    assertThat(train(Specs.SMALL.epochs(9).spec()).reused()).isFalse();
  }

  @Test
  void theKeyHoldsWhatWasChosenNotHowItIsCalled() {
    TrainingSpec spec = Specs.SMALL.spec();
    TrainingSpec renamed =
        Specs.SMALL
            .with("recipe", "mine")
            .with("overridden", List.of("seed"))
            .with("device", "auto")
            .spec();
    String key = TrainingStage.key(request(spec), Device.cpu(), Optional.empty()).hash();
    assertThat(TrainingStage.key(request(renamed), Device.cpu(), Optional.empty()).hash())
        .isEqualTo(key);
    assertThat(TrainingStage.key(request(spec), Device.gpu(), Optional.empty()).hash())
        .isNotEqualTo(key);
    assertThat(TrainingStage.key(request(spec), Device.cpu(), Optional.of(3)).hash())
        .isNotEqualTo(key);
    assertThat(TrainingStage.key(request(spec), Device.cpu(), Optional.of(3)).spec())
        .containsOnlyKeys(
            "hidden",
            "epochs",
            "batchSize",
            "learningRate",
            "weightDecay",
            "patience",
            "standardizeTargets",
            "scaleInputs",
            "activation",
            "linearPath",
            "dropout",
            "clipNorm",
            "loss",
            "huberDelta",
            "schedule",
            "warmupEpochs",
            "ridgeStart",
            "shiftByDev",
            "ensemble",
            "crossValidation",
            "seed",
            "device",
            "engine",
            "stoppedAtEpoch");
  }

  static Stream<Specs> resumed() {
    return Stream.of(
        EIGHT_EPOCHS,
        EIGHT_EPOCHS
            .with("activation", "gelu")
            .with("linearPath", true)
            .with("dropout", 0.2)
            .with("clipNorm", 1)
            .with("loss", "huber")
            .with("schedule", "cosine")
            .with("warmupEpochs", 4)
            .with("ridgeStart", true)
            .with("shiftByDev", true)
            .patience(8)
            .with("ensemble", 3));
  }

  @ParameterizedTest
  @MethodSource("resumed")
  void aResumedTrainingGivesTheBitsOfAnUninterruptedOne(Specs specs) throws IOException {
    TrainingSpec spec = specs.spec();
    StageResult<TrainingFacts> whole = train(spec);
    byte[] weights = file(whole, "weights.safetensors");
    byte[] history = file(whole, "history.csv");

    open("second");
    Monitor monitor = new Monitor(3);
    TrainingResult stopped = stage.train(request(spec), checkpoint, monitor);
    assertThat(stopped.finished()).isEmpty();
    assertThat(stopped.checkpoint()).contains("data/runs/w/r/checkpoint.safetensors");
    assertThat(monitor.epoch).isEqualTo(3);
    assertThat(monitor.checkpoints).containsExactly(checkpoint);

    Monitor later = new Monitor(5);
    TrainingRequest goOn = request(spec).from(stopped.checkpoint().orElseThrow());
    assertThat(stage.train(goOn, checkpoint, later).checkpoint()).isPresent();
    assertThat(later.texts).hasSize(2);
    StageResult<TrainingFacts> resumed =
        stage.train(goOn, checkpoint, StageMonitor.silent()).finished().orElseThrow();

    assertThat(file(resumed, "weights.safetensors")).isEqualTo(weights);
    assertThat(file(resumed, "history.csv")).isEqualTo(history);
    assertThat(resumed.facts()).isEqualTo(whole.facts());
    assertThat(checkpoint).as("gone once the stage is committed").doesNotExist();
  }

  @Test
  void anotherAttemptGoesOnFromTheCheckpointOfTheOneBefore() throws IOException {
    stage.train(request(EIGHT_EPOCHS.spec()), checkpoint, new Monitor(6));
    // It lies where the heartbeat says, here not where this attempt would write its own.
    Path told = Files.move(checkpoint, root.resolve("told.safetensors"));
    Monitor next = new Monitor(Integer.MAX_VALUE);
    next.earlier = Optional.of(told);
    stage.train(request(EIGHT_EPOCHS.spec()), checkpoint, next);
    assertThat(next.texts).hasSize(2).first().asString().startsWith("epoch 7 of 8");
  }

  @Test
  void anAttemptThatWasThoughtDeadCannotTakeItsSuccessorBack() throws IOException {
    byte[] weights = file(train(EIGHT_EPOCHS.spec()), "weights.safetensors");
    open("second");
    TrainingRequest request = request(EIGHT_EPOCHS.spec());
    Path first = Checkpoint.file(checkpoint.getParent(), "a", 1);
    Path second = Checkpoint.file(checkpoint.getParent(), "a", 2);
    stage.train(request, first, new Monitor(2));
    TrainingResult paused = stage.train(request, second, new Monitor(6));
    assertThat(first).as("its successor is further").doesNotExist();

    // The first one wakes up, where it stood: it had read nothing of its successor's.
    byte[] ahead = Files.readAllBytes(second);
    Files.delete(second);
    stage.train(request, first, new Monitor(4));
    Files.write(second, ahead);

    assertThat(second).as("not the file that the sleeper wrote").hasBinaryContent(ahead);
    Monitor next = new Monitor(Integer.MAX_VALUE);
    StageResult<TrainingFacts> done =
        stage
            .train(
                request.from(paused.checkpoint().orElseThrow()),
                Checkpoint.file(checkpoint.getParent(), "b", 1),
                next)
            .finished()
            .orElseThrow();
    assertThat(next.texts).hasSize(2).first().asString().startsWith("epoch 7 of 8");
    assertThat(file(done, "weights.safetensors")).isEqualTo(weights);
  }

  @Test
  void anAttemptThatWakesAfterTheRunsEndLeavesNothing() throws IOException {
    Monitor late =
        new Monitor(2) {
          @Override
          public boolean stopRequested() {
            boolean stop = super.stopRequested();
            if (stop && Files.exists(checkpoint.getParent())) {
              try {
                Files.delete(checkpoint.getParent()); // as the end of the run does
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            }
            return stop;
          }
        };
    stage.train(request(EIGHT_EPOCHS.spec()), checkpoint, late);
    assertThat(checkpoint.getParent()).doesNotExist();
  }

  @Test
  void whatTheRunMayGoOnFromStays() throws IOException {
    TrainingRequest request = request(EIGHT_EPOCHS.spec());
    Path first = Checkpoint.file(checkpoint.getParent(), "a", 1);
    Path second = Checkpoint.file(checkpoint.getParent(), "b", 1);
    TrainingResult paused = stage.train(request, first, new Monitor(2));
    stage.train(request.from(paused.checkpoint().orElseThrow()), second, new Monitor(4));
    assertThat(first).exists();
    assertThat(second).exists();
  }

  @Test
  void finishesFromTheNewestCheckpointWhereNoWorkerCouldTellOfOne() throws IOException {
    stage.train(request(EIGHT_EPOCHS.spec()), checkpoint, new Monitor(3));
    Path other = Checkpoint.file(checkpoint.getParent(), "b", 1);
    TrainingFacts facts =
        stage
            .train(request(EIGHT_EPOCHS.spec()).finished(), other, StageMonitor.silent())
            .finished()
            .orElseThrow()
            .facts();
    assertThat(facts.ended()).isEqualTo("stopped early at epoch 3");

    open("second");
    assertThatThrownBy(
            () ->
                stage.train(
                    request(EIGHT_EPOCHS.spec()).finished(), checkpoint, StageMonitor.silent()))
        .hasMessage(
            "training was stopped, but its checkpoint cannot be used: no attempt had written one"
                + " yet");
  }

  @Test
  void anAttemptWhoseWorkerLeavesFailsAndTheNextGoesOnEvenIfNobodyWasTold() throws IOException {
    Monitor leaving = new Monitor(6);
    leaving.leaving = true;
    assertThatThrownBy(() -> stage.train(request(EIGHT_EPOCHS.spec()), checkpoint, leaving))
        .isInstanceOf(IOException.class)
        .hasMessage("the worker is leaving; another attempt goes on from its checkpoint");
    Monitor next = new Monitor(Integer.MAX_VALUE);
    stage.train(request(EIGHT_EPOCHS.spec()), checkpoint, next);
    assertThat(next.texts).hasSize(2).first().asString().startsWith("epoch 7 of 8");
  }

  @Test
  void beginsAnewWhereTheCheckpointIsDamagedOrOfAnotherTraining() throws IOException {
    stage.train(request(EIGHT_EPOCHS.spec()), checkpoint, new Monitor(6));
    Monitor other = new Monitor(Integer.MAX_VALUE);
    other.earlier = Optional.of(checkpoint);
    stage.train(request(EIGHT_EPOCHS.learningRate(0.02).spec()), checkpoint, other);
    assertThat(other.texts).hasSize(8);

    Files.write(checkpoint, new byte[100]);
    Monitor damaged = new Monitor(Integer.MAX_VALUE);
    damaged.earlier = Optional.of(checkpoint);
    stage.train(
        request(EIGHT_EPOCHS.spec()).from("data/runs/w/nowhere.safetensors"), checkpoint, damaged);
    assertThat(damaged.texts).hasSize(8);
  }

  @Test
  void stopsAfterAtLeastOneEpochAndFinishesWithTheBestSoFar() throws IOException {
    TrainingSpec spec = Specs.SMALL.epochs(50).patience(50).spec();
    TrainingResult stopped = stage.train(request(spec), checkpoint, new Monitor(0));
    TrainingRequest finish = request(spec).from(stopped.checkpoint().orElseThrow()).finished();
    Monitor monitor = new Monitor(0);

    StageResult<TrainingFacts> result =
        stage.train(finish, checkpoint, monitor).finished().orElseThrow();

    assertThat(result.facts().epochs()).isEqualTo(1);
    assertThat(result.facts().keptEpoch()).isEqualTo(1);
    assertThat(result.facts().ended()).isEqualTo("stopped early at epoch 1");
    assertThat(monitor.texts).containsExactly("stopped at epoch 1");
    assertThat(result.artifact().uri())
        .endsWith(TrainingStage.key(finish, Device.cpu(), Optional.of(1)).hash());
    // A second attempt, whose predecessor died before it could answer, gives the same.
    assertThat(stage.train(finish, checkpoint, monitor).finished().orElseThrow().artifact())
        .isEqualTo(result.artifact());
    // And a full training of the same spec is not confused with it.
    assertThat(train(spec).facts().epochs()).isGreaterThan(1);
  }

  @Test
  void refusesToFinishWithoutACheckpoint() {
    TrainingRequest finish =
        request(Specs.SMALL.spec()).from("data/runs/w/gone.safetensors").finished();
    assertThatThrownBy(() -> stage.train(finish, checkpoint, StageMonitor.silent()))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("training was stopped, but its checkpoint cannot be used: ")
        .hasMessageContaining("data/runs/w/gone.safetensors")
        .extracting(e -> ((Refusal) e).kind())
        .isEqualTo(Refusal.Kind.NOTHING_TRAINED);
  }

  @Test
  void aCancelledRunWaitsForNoEpochAndLeavesNothing() throws IOException {
    for (int looks : new int[] {0, 1}) { // While the data are read, and in the first epoch.
      Monitor monitor =
          new Monitor(0) {
            private int looked;

            @Override
            public boolean runCancelled() {
              return looked++ >= looks;
            }
          };

      TrainingResult result =
          stage.train(request(Specs.SMALL.epochs(1).spec()), checkpoint, monitor);

      assertThat(result.finished()).as("after %d looks", looks).isEmpty();
      assertThat(monitor.epoch).isZero();
      assertThat(monitor.checkpoints).isEmpty();
      assertThat(checkpoint).doesNotExist();
    }
  }

  @Test
  void stopsWhereDevGetsNoBetterAndKeepsTheBestEpoch() throws IOException {
    // So large a step that dev gets worse soon.
    TrainingSpec spec = Specs.SMALL.epochs(500).learningRate(0.05).weightDecay(0).spec();
    TrainingFacts facts = train(spec).facts();
    assertThat(facts.ended()).isEqualTo("no better dev MSE for 3 epochs");
    assertThat(facts.epochs()).isEqualTo(facts.keptEpoch() + 3);
    assertThat(facts.summary()).contains("kept epoch " + facts.keptEpoch());
  }

  @Test
  void stoppedWithoutPatienceKeepsTheBestEpochAndNotTheLast() throws IOException {
    Specs large = Specs.SMALL.learningRate(0.05).weightDecay(0);
    // The same epochs as with patience 3, which ended three epochs after the best one.
    TrainingFacts patient = train(large.epochs(500).spec()).facts();
    TrainingSpec spec = large.epochs(500).patience(0).spec();
    TrainingResult stopped = stage.train(request(spec), checkpoint, new Monitor(patient.epochs()));

    TrainingFacts facts =
        stage
            .train(
                request(spec).from(stopped.checkpoint().orElseThrow()).finished(),
                checkpoint,
                StageMonitor.silent())
            .finished()
            .orElseThrow()
            .facts();

    assertThat(facts.epochs()).isGreaterThan(facts.keptEpoch());
    assertThat(facts.keptEpoch()).isEqualTo(patient.keptEpoch());
    assertThat(facts.keptDevMse()).isEqualTo(patient.keptDevMse());
  }

  @Test
  void withoutPatienceTrainsAllEpochsAndKeepsTheLast() throws IOException {
    TrainingFacts facts = train(EIGHT_EPOCHS.unscaled().spec()).facts();
    assertThat(facts.ended()).isEqualTo("all 8 epochs trained");
    assertThat(facts.keptEpoch()).isEqualTo(8);
    assertThat(facts.keptDevMse()).isEqualTo(facts.curve().get(7).devMse());
    // Raw targets of 12 from an output near 0: the first losses are near 12² = 144.
    assertThat(facts.curve().get(0).trainMse()).isBetween(100.0, 180.0);
  }

  @Test
  void refusesLossesThatAreNoNumbers() {
    TrainingSpec spec = EIGHT_EPOCHS.unscaled().learningRate(1e30).spec();
    assertThatThrownBy(() -> train(spec))
        .isInstanceOf(Refusal.class)
        .hasMessageMatching(
            "training\\.learningRate: with 1\\.0E30 the losses of epoch 1 are no longer finite"
                + " \\(train MSE \\S+, dev MSE \\S+\\); try a tenth of it, or recipe default,"
                + " which scales inputs and targets")
        .extracting(e -> ((Refusal) e).kind())
        .isEqualTo(Refusal.Kind.NOTHING_TRAINED);
  }

  @Test
  void refusesASplitWithoutUtterances() throws IOException {
    dataset = stages.dataset(40, 0, 12);
    assertThatThrownBy(() -> train(Specs.SMALL.spec()))
        .isInstanceOf(Refusal.class)
        .hasMessage("training needs at least 1 utterance in split dev, got 0 of the dataset's 52");
  }

  @Test
  void writesACheckpointEveryFewSeconds() throws IOException {
    TrainingSpec spec = EIGHT_EPOCHS.spec();
    TrainingData data =
        TrainingData.read(
            stages.open(dataset).resolve("samples.csv"), stages.open(embeddings).resolve("x.npy"));
    List<Integer> written = new ArrayList<>();
    Monitor monitor = new Monitor(Integer.MAX_VALUE);
    // Two seconds an epoch: 5 s have passed after epochs 3 and 6.
    new MlpTrainer(spec, Device.cpu(), () -> monitor.epoch * 2_000_000_000L)
        .train(
            data,
            TrainingState.start(data, spec, MlpShape.of(4, spec)),
            state -> written.add(state.epoch()),
            monitor);
    assertThat(written).containsExactly(3, 6);
  }

  @Test
  void aCheckpointComesBackWithEveryBitAndTellsWhatElseDiffers() throws IOException {
    MlpShape shape = MlpShape.of(4, List.of(5), false);
    TrainingState state =
        new TrainingState(
            new LinearStart(new float[] {1, 0.3f, 2, 3}, 1 / 7.0),
            new Scaling(new float[] {0.1f, 2, 3, 4}, 1 / 3.0, 11.9, Math.PI),
            new AdamState(shape.initial(1), shape.initial(2), shape.initial(3), 77),
            shape.initial(4),
            1,
            Math.E,
            List.of(new EpochLoss(1, 0.1, Math.E), new EpochLoss(2, 1e-300, 4)),
            "");
    Map<String, String> identity = Map.of("training", "abc");
    new Checkpoint(identity, Map.of("threads", "1")).write(checkpoint, state);

    TrainingState same =
        new Checkpoint(identity, Map.of("threads", "1")).read(checkpoint, shape, 1);
    assertThat(same).usingRecursiveComparison().isEqualTo(state);
    TrainingState elsewhere =
        new Checkpoint(identity, Map.of("threads", "2")).read(checkpoint, shape, 1);
    assertThat(elsewhere.resumedElsewhere())
        .isEqualTo("from epoch 3 on with threads 2 instead of 1");
    assertThatThrownBy(
            () -> new Checkpoint(Map.of("training", "xyz"), Map.of()).read(checkpoint, shape, 1))
        .isInstanceOf(IOException.class)
        .hasMessage(checkpoint + " belongs to another training: its training is abc, not xyz");
    assertThatThrownBy(
            () ->
                new Checkpoint(identity, Map.of())
                    .read(checkpoint, MlpShape.of(4, List.of(6), false), 1))
        .hasMessage(
            checkpoint + " is no checkpoint: its tensors have other sizes than the network");
    try (var files = Files.list(checkpoint.getParent())) {
      assertThat(files).as("nothing is left over").containsExactly(checkpoint);
    }
  }

  /**
   * Golden output of version 3. When this fails because training computes something else now, raise
   * {@link TrainingStage#VERSION} and put the new numbers here.
   */
  @Test
  void givesTheOutputOfItsVersion() throws IOException {
    assertThat(TrainingStage.VERSION).isEqualTo(3);
    StageResult<TrainingFacts> result = train(Specs.SMALL.spec());
    List<EpochLoss> curve = result.facts().curve();
    assertThat(curve.get(0).trainMse()).isEqualTo(1.110075, within(1e-5));
    assertThat(curve.get(0).devMse()).isEqualTo(2.154003, within(1e-5));
    assertThat(curve.get(7).devMse()).isEqualTo(0.644032, within(1e-5));
    SafeTensors weights =
        SafeTensors.read(stages.open(result.artifact()).resolve("weights.safetensors"));
    assertThat(weights.tensor("fc2.weight").values())
        .containsExactly(
            new float[] {0.465266f, 0.378737f, -0.200485f, -0.529979f, 0.679300f}, within(1e-5f));
    assertThat(weights.tensor("fc2.bias").values())
        .containsExactly(new float[] {11.678369f}, within(1e-5f));

    StageResult<TrainingFacts> ridge = train(RIDGE.with("ensemble", 2).patience(8).spec());
    assertThat(ridge.facts().keptEpoch()).isEqualTo(0);
    assertThat(ridge.facts().curve().get(7).trainMse()).isEqualTo(0.00483359, within(1e-7));
    assertThat(ridge.facts().curve().get(7).devMse()).isEqualTo(0.00531389, within(1e-7));
    SafeTensors joined =
        SafeTensors.read(stages.open(ridge.artifact()).resolve("weights.safetensors"));
    assertThat(joined.tensor("linear.weight").values())
        .containsExactly(
            new float[] {1.988188f, -0.998007f, -0.003695f, -0.004202f}, within(1e-5f));
  }
}
