package org.speechrate.training;

import ai.djl.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
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
  static final int VERSION = 2;

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
              TrainingState state =
                  reach(request, data, Integer.MAX_VALUE, checkpoint, monitor, device);
              String ended = state.ended(request.training()).orElseThrow(Stopped::new);
              MlpShape shape = MlpShape.of(data.dimension(), request.training());
              return write(folder, shape, request.training(), state, ended, device);
            });
    Files.deleteIfExists(checkpoint);
    return result;
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
      MlpShape shape = MlpShape.of(data[0].dimension(), request.training());
      result =
          store.commit(
              whole,
              request.reuse(),
              TrainingFacts.class,
              folder -> write(folder, shape, request.training(), reached[0], ended, device));
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
    if (monitor.runCancelled()) {
      throw new Stopped();
    }
    Files.createDirectories(checkpoint.getParent());
    Checkpoint format = format(request, device);
    MlpShape shape = MlpShape.of(data.dimension(), request.training());
    Optional<TrainingState> newest =
        newest(request, shape, format, checkpoint.getParent(), monitor);
    if (newest.isPresent() && newest.get().epoch() >= atMost) {
      return newest.get();
    }
    return new MlpTrainer(request.training(), device, System::nanoTime)
        .train(
            data,
            newest.isPresent()
                ? newest.get()
                : TrainingState.start(data.train(), request.training(), shape),
            reached -> {
              // The end of a run removes the folder; an attempt that wakes later, still
              // believing in it, leaves nothing there.
              if (Files.isDirectory(checkpoint.getParent())) {
                format.write(checkpoint, reached);
                monitor.checkpointed(checkpoint);
                Checkpoint.removeEarlierAttempts(checkpoint);
              }
            },
            monitor);
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
              ? format.read(given.get(), shape)
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
    String ended = state.ended(request.training()).orElse("stopped early at epoch " + epoch);
    StageResult<TrainingFacts> result =
        store.commit(
            key(request, device, Optional.of(epoch)),
            false,
            TrainingFacts.class,
            into -> write(into, shape, request.training(), state, ended, device));
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
          TrainingState state = format.read(found.get(), shape);
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
      MlpShape shape,
      TrainingSpec spec,
      TrainingState reached,
      String ended,
      Device device)
      throws IOException {
    TrainingState state = reached.chosen(spec);
    float[] folded = state.scaling().fold(shape, state.kept());
    for (float parameter : folded) {
      if (!Float.isFinite(parameter)) {
        throw new Refusal(
            Refusal.Kind.NOTHING_TRAINED,
            "the trained weights are not finite; try a smaller training.learningRate");
      }
    }
    Files.write(
        folder.resolve(TrainedModel.WEIGHTS),
        new SafeTensors(
                shape.tensors(folded),
                Map.of(SpeechRateModel.ACTIVATION, TrainingSpec.word(spec.activation())))
            .toBytes());
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
    StageKey choices =
        new StageKey(Stage.TRAINING, VERSION, inputs(request), choices(request.training()));
    return new Checkpoint(
        Map.of("training", choices.hash(), "dataset", request.dataset().sha256()),
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
