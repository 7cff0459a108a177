package org.speechrate.training;

import ai.djl.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.training.CrossValidation;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingResult;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** The training stage: from a request to a committed model, or to a checkpoint. */
public final class TrainingStage {
  /** Raised whenever the same inputs give another model. */
  static final int VERSION = 3;

  private static final Logger LOG = LoggerFactory.getLogger(TrainingStage.class);

  private final Workspace workspace;
  private final StageStore store;

  public TrainingStage(Workspace workspace, StageStore store) {
    this.workspace = workspace;
    this.store = store;
  }

  /** Where a training's rows come from. */
  interface DataSource {
    TrainingData read() throws IOException;
  }

  /** Ends the work inside the store when there is nothing to commit yet. */
  static final class Stopped extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Trains, or goes on training.
   *
   * @param checkpoint file to keep the state in: this attempt's own, beside those of the run's
   *     other attempts
   * @throws Refusal if the device is not there, the data cannot be used or a loss is not finite
   */
  public TrainingResult train(TrainingRequest request, Path checkpoint, StageMonitor monitor)
      throws IOException {
    Device device = PyTorch.device(request.training().device());
    Checkpoint format = format(request, device);
    if (request.finish()) {
      return finish(request, format, device, checkpoint.getParent(), monitor);
    }
    try {
      StageResult<TrainingFacts> result =
          train(request, () -> data(request), checkpoint, monitor, device);
      return new TrainingResult(Optional.of(result), Optional.empty());
    } catch (Stopped e) {
      if (monitor.workerLeaving()) {
        // Nobody asked to stop this run: the attempt fails, and the next one goes on.
        throw new IOException(
            "the worker is leaving; another attempt goes on from its checkpoint", e);
      }
      LOG.info("training stopped; checkpoint {}", checkpoint);
      return new TrainingResult(Optional.empty(), Optional.of(workspace.relative(checkpoint)));
    }
  }

  private StageResult<TrainingFacts> train(
      TrainingRequest request,
      DataSource source,
      Path checkpoint,
      StageMonitor monitor,
      Device device)
      throws IOException {
    StageResult<TrainingFacts> result =
        store.commit(
            key(request, device, Optional.empty()),
            request.reuse(),
            TrainingFacts.class,
            folder -> {
              TrainingData data = source.read();
              int folds = request.training().crossValidation();
              Optional<SpeakerGroups> speakers =
                  folds > 0 ? Optional.of(speakers(request, folds)) : Optional.empty();
              TrainingState state =
                  reach(request, data, Integer.MAX_VALUE, checkpoint, monitor, device);
              String ended = state.ended(request.training()).orElseThrow(Stopped::new);
              TrainingFacts facts =
                  write(folder, data.dimension(), request.training(), state, ended, device);
              if (speakers.isEmpty()) {
                return facts;
              }
              // A stop from now on goes on from here.
              writer(format(request, device), checkpoint, monitor).write(state);
              return facts.with(
                  crossValidate(request, speakers.get(), folder, checkpoint, monitor, device));
            });
    Files.deleteIfExists(checkpoint);
    return result;
  }

  /**
   * Trains for each fold on the other speakers, of which those of the next fold are its dev split,
   * and predicts the fold's. Each training has checkpoints of its own, below the run's others, and
   * its last one stays: another attempt finds what was done.
   */
  private CrossValidation crossValidate(
      TrainingRequest request,
      SpeakerGroups speakers,
      Path into,
      Path checkpoint,
      StageMonitor monitor,
      Device device)
      throws IOException {
    TrainingSpec spec = request.training();
    int count = spec.crossValidation();
    List<List<Integer>> folds = speakers.folds(count, spec.seed());
    StringBuilder table =
        new StringBuilder("fold,utterances,epochs,kept_epoch,dev_mse,mse,mean_mse\n");
    double squares = 0;
    double ofMean = 0;
    for (int fold = 0; fold < count; fold++) {
      List<Integer> train = new ArrayList<>();
      for (int other = 2; other < count; other++) {
        train.addAll(folds.get((fold + other) % count));
      }
      TrainingData data =
          new TrainingData(speakers.rows(train), speakers.rows(folds.get((fold + 1) % count)));
      SplitRows rows = speakers.rows(folds.get(fold));
      String name = String.format("fold %d of %d", fold + 1, count);
      Path own = checkpoint.resolveSibling("fold-" + (fold + 1)).resolve(checkpoint.getFileName());
      Checkpoint format = format(request, device, name);
      StageMonitor itsMonitor = new FoldMonitor(monitor, name, fold + 1, count, spec.epochs());
      TrainingState state =
          reach(request.fromStart(), data, Integer.MAX_VALUE, own, format, itsMonitor, device);
      if (state.ended(spec).isEmpty()) {
        throw new Stopped();
      }
      writer(format, own, itsMonitor).write(state);
      TrainingState chosen = state.chosen(spec);
      SpeechRateModel model =
          SpeechRateModel.of(TrainedModel.weights(spec, data.dimension(), chosen));
      double mse = TrainedModel.mse(model, rows);
      double meanMse = meanMse(data.meanCps(), rows.cps());
      squares += mse * rows.count();
      ofMean += meanMse * rows.count();
      table.append(
          String.format(
              Locale.ROOT,
              "%d,%d,%d,%d,%s,%s,%s\n",
              fold + 1,
              rows.count(),
              state.epoch(),
              chosen.keptEpoch(),
              chosen.keptDevMse(),
              mse,
              meanMse));
    }
    Files.write(
        into.resolve(TrainedModel.CROSS_VALIDATION),
        table.toString().getBytes(StandardCharsets.UTF_8));
    int n = speakers.utterances();
    return new CrossValidation(
        count,
        speakers.count(),
        n,
        squares / n,
        ofMean / n,
        ofMean > 0 ? Optional.of(1 - squares / ofMean) : Optional.empty());
  }

  private SpeakerGroups speakers(TrainingRequest request, int folds) throws IOException {
    SpeakerGroups speakers =
        SpeakerGroups.read(
            store.open(request.dataset()).resolve(SampleTable.FILE),
            store.open(request.embeddings()).resolve(EmbeddingMatrix.FILE));
    if (speakers.count() < folds) {
      throw new Refusal(
          Refusal.Kind.TOO_FEW_ROWS,
          String.format(
              "training.crossValidation: %d folds need as many speakers in train and dev, got %d",
              folds, speakers.count()));
    }
    return speakers;
  }

  /** Of one fold's training: says which, and keeps its checkpoints to itself. */
  private record FoldMonitor(StageMonitor monitor, String name, int fold, int folds, int epochs)
      implements StageMonitor {
    @Override
    public void progress(String text, long done, long total) {
      progress(text, done, total, List.of());
    }

    @Override
    public void progress(String text, long done, long total, List<EpochLoss> losses) {
      monitor.progress(
          name + ", " + text, (long) fold * epochs + done, (long) (folds + 1) * epochs, losses);
    }

    @Override
    public void epochEnded(Duration took, long samples, EpochLoss loss) {
      monitor.epochEnded(took, samples, loss);
    }

    @Override
    public void checkpointWritten() {
      monitor.checkpointWritten();
    }

    @Override
    public void checkpointed(Path checkpoint) {}

    @Override
    public Optional<Path> earlierCheckpoint() {
      return Optional.empty();
    }

    @Override
    public boolean stopRequested() {
      return monitor.stopRequested();
    }

    @Override
    public boolean runCancelled() {
      return monitor.runCancelled();
    }

    @Override
    public boolean workerLeaving() {
      return monitor.workerLeaving();
    }

    @Override
    public void requireCurrent() {
      monitor.requireCurrent();
    }
  }

  private static double meanMse(double mean, double[] cps) {
    return Arrays.stream(cps).map(each -> (each - mean) * (each - mean)).average().orElseThrow();
  }

  /**
   * Trains a variant of a sweep, or goes on training it.
   *
   * @param rung epochs after which it stops, leaving {@link Checkpoint#FILE}; absent where it
   *     trains to its end
   * @param checkpoint in a folder of the variant's own
   * @param monitor asks to stop at the rung
   * @throws Stopped where the monitor asked for it
   */
  StageResult<TrainingFacts> trainVariant(
      TrainingRequest request,
      Optional<Integer> rung,
      DataSource source,
      Path checkpoint,
      StageMonitor monitor)
      throws IOException {
    Device device = PyTorch.device(request.training().device());
    if (rung.isEmpty()) {
      return train(request, source, checkpoint, monitor, device);
    }
    StageKey whole = key(request, device, Optional.empty());
    if (request.reuse()) {
      Optional<StageResult<TrainingFacts>> found = store.find(whole, TrainingFacts.class);
      if (found.isPresent()) {
        return found.get();
      }
    }
    Checkpoint format = format(request, device);
    TrainingData[] data = new TrainingData[1];
    TrainingState[] reached = new TrainingState[1];
    StageResult<TrainingFacts> result;
    try {
      result =
          store.commit(
              rungKey(request, device, rung.get()),
              request.reuse(),
              TrainingFacts.class,
              folder -> {
                data[0] = source.read();
                TrainingState state =
                    reach(request, data[0], rung.get(), checkpoint, monitor, device);
                if (state.ended(request.training()).isPresent() || state.epoch() < rung.get()) {
                  reached[0] = state;
                  throw new Stopped();
                }
                format.write(folder.resolve(Checkpoint.FILE), state);
                return facts(state, "stopped at a rung", device);
              });
    } catch (Stopped e) {
      String ended = reached[0].ended(request.training()).orElseThrow(() -> e);
      int dimension = data[0].dimension();
      result =
          store.commit(
              whole,
              request.reuse(),
              TrainingFacts.class,
              folder -> write(folder, dimension, request.training(), reached[0], ended, device));
    }
    Files.deleteIfExists(checkpoint);
    return result;
  }

  /**
   * Trains until the training ends or the monitor asks to stop.
   *
   * @param atMost epochs that need no more training where a checkpoint has them
   */
  private TrainingState reach(
      TrainingRequest request,
      TrainingData data,
      int atMost,
      Path checkpoint,
      StageMonitor monitor,
      Device device)
      throws IOException {
    return reach(request, data, atMost, checkpoint, format(request, device), monitor, device);
  }

  private TrainingState reach(
      TrainingRequest request,
      TrainingData data,
      int atMost,
      Path checkpoint,
      Checkpoint format,
      StageMonitor monitor,
      Device device)
      throws IOException {
    if (monitor.runCancelled()) {
      throw new Stopped();
    }
    Files.createDirectories(checkpoint.getParent());
    MlpShape shape = MlpShape.of(data.dimension(), request.training());
    Optional<TrainingState> newest =
        newest(request, shape, format, checkpoint.getParent(), monitor);
    if (newest.isPresent()
        && (newest.get().epoch() >= atMost || newest.get().ended(request.training()).isPresent())) {
      return newest.get();
    }
    return new MlpTrainer(request.training(), device, System::nanoTime)
        .train(
            data,
            newest.isPresent()
                ? newest.get()
                : TrainingState.start(data, request.training(), shape),
            writer(format, checkpoint, monitor),
            monitor);
  }

  private static MlpTrainer.StateWriter writer(
      Checkpoint format, Path checkpoint, StageMonitor monitor) {
    return reached -> {
      // The end of a run removes the folder; an attempt that wakes later, still believing in it,
      // leaves nothing there.
      if (Files.isDirectory(checkpoint.getParent())) {
        format.write(checkpoint, reached);
        monitor.checkpointWritten();
        monitor.checkpointed(checkpoint);
        Checkpoint.removeEarlierAttempts(checkpoint);
      }
    };
  }

  /**
   * The checkpoint stays: an attempt that dies between commit and answer needs it again. The end of
   * the run removes it.
   */
  private TrainingResult finish(
      TrainingRequest request, Checkpoint format, Device device, Path folder, StageMonitor monitor)
      throws IOException {
    TrainingData data = data(request);
    MlpShape shape = MlpShape.of(data.dimension(), request.training());
    TrainingState state;
    try {
      Optional<Path> given = given(request);
      state =
          given.isPresent()
              ? format.read(given.get(), shape, request.training().ensemble())
              : newest(request, shape, format, folder, monitor)
                  .orElseThrow(() -> new IOException("no attempt had written one yet"));
    } catch (IOException | Refusal e) {
      throw new Refusal(
          Refusal.Kind.NOTHING_TRAINED,
          "training was stopped, but its checkpoint cannot be used: " + e.getMessage(),
          e);
    }
    int epoch = state.epoch();
    monitor.progress("stopped at epoch " + epoch, epoch, epoch, state.history());
    String ended =
        state
            .ended(request.training())
            .map(
                why ->
                    request.training().crossValidation() > 0
                        ? why + "; stopped before its cross-validation was done"
                        : why)
            .orElse("stopped early at epoch " + epoch);
    StageResult<TrainingFacts> result =
        store.commit(
            key(request, device, Optional.of(epoch)),
            false,
            TrainingFacts.class,
            into -> write(into, data.dimension(), request.training(), state, ended, device));
    return new TrainingResult(Optional.of(result), Optional.empty());
  }

  TrainingData data(TrainingRequest request) throws IOException {
    return TrainingData.read(
        store.open(request.dataset()).resolve(SampleTable.FILE),
        store.open(request.embeddings()).resolve(EmbeddingMatrix.FILE));
  }

  /**
   * The state of the most epochs that can be used. An attempt may have come further than the
   * checkpoint that the run knows of, and may have died before it could tell.
   *
   * @param folder of the run's checkpoints
   */
  private Optional<TrainingState> newest(
      TrainingRequest request, MlpShape shape, Checkpoint format, Path folder, StageMonitor monitor)
      throws IOException {
    List<Supplier<Optional<Path>>> files = new ArrayList<>();
    files.add(monitor::earlierCheckpoint);
    files.add(() -> given(request));
    Checkpoint.in(folder).forEach(file -> files.add(() -> Optional.of(file)));
    Optional<TrainingState> newest = Optional.empty();
    for (Supplier<Optional<Path>> file : files) {
      try {
        Optional<Path> found = file.get();
        if (found.isPresent()) {
          TrainingState state = format.read(found.get(), shape, request.training().ensemble());
          if (newest.isEmpty() || state.epoch() > newest.get().epoch()) {
            newest = Optional.of(state);
          }
        }
      } catch (IOException | Refusal e) {
        LOG.warn("training cannot use its checkpoint: {}", e.getMessage());
      }
    }
    newest.ifPresent(
        state -> {
          LOG.info("training goes on after epoch {}", state.epoch());
          if (!state.resumedElsewhere().isEmpty()) {
            LOG.warn("training goes on {}: its last bits will differ", state.resumedElsewhere());
          }
        });
    return newest;
  }

  private Optional<Path> given(TrainingRequest request) {
    return request.checkpoint().map(path -> workspace.readable("checkpoint", path));
  }

  private static TrainingFacts write(
      Path folder,
      int dimension,
      TrainingSpec spec,
      TrainingState reached,
      String ended,
      Device device)
      throws IOException {
    TrainingState state = reached.chosen(spec);
    Files.write(
        folder.resolve(TrainedModel.WEIGHTS),
        TrainedModel.weights(spec, dimension, state).toBytes());
    StringBuilder history = new StringBuilder("epoch,train_mse,dev_mse\n");
    for (EpochLoss loss : state.history()) {
      history.append(loss.epoch()).append(',').append(loss.trainMse()).append(',');
      history.append(loss.devMse()).append('\n');
    }
    Files.write(
        folder.resolve(TrainedModel.HISTORY), history.toString().getBytes(StandardCharsets.UTF_8));
    return facts(state, ended, device);
  }

  private static TrainingFacts facts(TrainingState state, String ended, Device device) {
    String elsewhere = state.resumedElsewhere();
    return new TrainingFacts(
        state.epoch(),
        state.keptEpoch(),
        state.keptDevMse(),
        elsewhere.isEmpty() ? ended : ended + "; went on " + elsewhere,
        PyTorch.name(device),
        PyTorch.versionAndSettings(),
        state.history());
  }

  private static Checkpoint format(TrainingRequest request, Device device) {
    return format(request, device, "train");
  }

  /**
   * @param rows what of the dataset is trained on
   */
  private static Checkpoint format(TrainingRequest request, Device device, String rows) {
    StageKey choices =
        new StageKey(Stage.TRAINING, VERSION, inputs(request), choices(request.training()));
    return new Checkpoint(
        Map.of("training", choices.hash(), "dataset", request.dataset().sha256(), "rows", rows),
        Map.of(
            "engine", PyTorch.version(),
            "device", PyTorch.name(device),
            "instructions", PyTorch.capability(),
            "threads", Integer.toString(PyTorch.threads())));
  }

  static StageKey key(TrainingRequest request, Device device, Optional<Integer> stoppedAtEpoch) {
    Map<String, Object> spec = choices(request.training());
    spec.put("device", device.isGpu() ? "gpu" : "cpu");
    spec.put("engine", PyTorch.version());
    stoppedAtEpoch.ifPresent(epoch -> spec.put("stoppedAtEpoch", epoch));
    return new StageKey(Stage.TRAINING, VERSION, inputs(request), spec);
  }

  private static StageKey rungKey(TrainingRequest request, Device device, int rung) {
    Map<String, Object> spec = new TreeMap<>(key(request, device, Optional.empty()).spec());
    spec.put("rung", rung);
    return new StageKey(Stage.TRAINING, VERSION, inputs(request), spec);
  }

  private static Map<String, String> inputs(TrainingRequest request) {
    return Map.of(
        "dataset", request.dataset().sha256(), "embeddings", request.embeddings().sha256());
  }

  /** What the recipe came to; not its name, and not how it was asked for. */
  private static Map<String, Object> choices(TrainingSpec spec) {
    Map<String, Object> choices = new TreeMap<>();
    Map<?, ?> tree = Json.convert(spec, Map.class);
    tree.forEach((name, value) -> choices.put((String) name, value));
    choices.keySet().removeAll(List.of("recipe", "overridden", "device"));
    return choices;
  }
}
