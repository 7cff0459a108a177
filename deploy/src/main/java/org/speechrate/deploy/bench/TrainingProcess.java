package org.speechrate.deploy.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.speechrate.dataset.Sample;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.SilentMonitor;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.training.PyTorch;
import org.speechrate.training.TrainedModel;
import org.speechrate.training.TrainingStage;

/**
 * The process in which a bench trains, from files to test MSE by recipe reference; prints where its
 * seconds went.
 */
final class TrainingProcess {
  private final StageProcess stages;
  private final StageProcess.Joined joined;
  private final int epochs;
  private final TrainingStage training;

  TrainingProcess(StageProcess stages, int epochs) {
    this.stages = stages;
    this.epochs = epochs;
    joined = stages.join();
    training = new TrainingStage(stages.workspace(), stages.store());
  }

  /**
   * @param args folder of the inputs, folder of the store, epochs; then sizes of sweeps that follow
   */
  public static void main(String[] args) {
    // As a worker does, before any stage is there; a failure shows where training needs it.
    Thread engine = new Thread(PyTorch::engine, "engine");
    engine.setUncaughtExceptionHandler((thread, failure) -> {});
    engine.start();
    try {
      StageProcess stages = new StageProcess(Path.of(args[1]), Path.of(args[0]).toRealPath());
      TrainingProcess process = new TrainingProcess(stages, Integer.parseInt(args[2]));
      Map<String, Object> told = new LinkedHashMap<>(process.trainAndTest());
      Map<String, Double> sweeps = new LinkedHashMap<>();
      for (String variants : Arrays.asList(args).subList(3, args.length)) {
        sweeps.put(variants, process.sweep(Integer.parseInt(variants)));
      }
      told.put("sweeps", sweeps);
      System.out.write(Json.write(told));
      System.out.flush();
    } catch (Refusal | IOException | UncheckedIOException | ExecutionException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Map<String, Object> trainAndTest() throws IOException {
    List<Double> epochSeconds = new ArrayList<>();
    StageResult<TrainingFacts> trained =
        stages.timed(
            "training",
            () -> {
              try {
                return train(0, new EpochClock(epochSeconds));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    EmbeddingMatrix matrix =
        EmbeddingMatrix.open(
            stages.store().open(joined.embeddings()).resolve(EmbeddingMatrix.FILE));
    double testMse = testMse(matrix, stages.store().open(trained.artifact()));
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("trainRows", joined.facts().utterances().get("train"));
    told.put("dimension", matrix.dimension());
    told.put("stages", stages.stages());
    told.put("epochSeconds", epochSeconds);
    told.put("testMse", testMse);
    return told;
  }

  /** As Python's: of the test split alone. */
  private double testMse(EmbeddingMatrix matrix, Path trained) throws IOException {
    List<Sample> samples = new ArrayList<>();
    SampleTable.forEach(
        stages.store().open(joined.dataset()).resolve(SampleTable.FILE),
        sample -> {
          if (sample.split().equals("test")) {
            samples.add(sample);
          }
        });
    float[][] embeddings = new float[samples.size()][matrix.dimension()];
    for (int i = 0; i < embeddings.length; i++) {
      matrix.read(samples.get(i).row(), embeddings[i], 0);
    }
    float[] predicted =
        SpeechRateModel.load(trained.resolve(TrainedModel.WEIGHTS)).predict(embeddings);
    double squares = 0;
    for (int i = 0; i < predicted.length; i++) {
      double error = predicted[i] - samples.get(i).target();
      squares += error * error;
    }
    return squares / predicted.length;
  }

  /** Seconds of that many trainings, one on each core at a time. */
  private double sweep(int variants) throws ExecutionException, InterruptedException {
    List<Callable<StageResult<TrainingFacts>>> trainings = new ArrayList<>();
    for (int i = 0; i < variants; i++) {
      int seed = variants + i;
      trainings.add(() -> train(seed, StageMonitor.silent()));
    }
    ExecutorService cores =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      long began = System.nanoTime();
      for (Future<StageResult<TrainingFacts>> each : cores.invokeAll(trainings)) {
        each.get();
      }
      return (System.nanoTime() - began) / 1e9;
    } finally {
      cores.shutdownNow();
    }
  }

  StageResult<TrainingFacts> train(int seed, StageMonitor monitor) throws IOException {
    TrainingSpec spec =
        RunSpecReader.read(
                String.format(
                    "{\"training\": {\"recipe\": \"reference\", \"epochs\": %d, \"seed\": %d,"
                        + " \"device\": \"cpu\"}}",
                    epochs, seed))
            .training();
    return training
        .train(
            new TrainingRequest(
                stages.workspace().id(),
                false,
                spec,
                joined.dataset(),
                joined.embeddings(),
                Optional.empty(),
                false),
            stages.workspace().root().resolve("data/runs/" + seed + "/checkpoint.safetensors"),
            monitor)
        .finished()
        .orElseThrow();
  }

  /** Adds the seconds of each epoch; the first one's include what comes before it. */
  private static final class EpochClock extends SilentMonitor {
    private final List<Double> seconds;
    private long last = System.nanoTime();

    EpochClock(List<Double> seconds) {
      this.seconds = seconds;
    }

    @Override
    public void progress(String text, long done, long total, List<EpochLoss> losses) {
      long now = System.nanoTime();
      seconds.add((now - last) / 1e9);
      last = now;
    }
  }
}
