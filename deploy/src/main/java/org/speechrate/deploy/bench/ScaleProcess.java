package org.speechrate.deploy.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.dataset.DatasetActivitiesImpl;
import org.speechrate.embeddings.EmbeddingActivitiesImpl;
import org.speechrate.evaluation.EvaluationActivitiesImpl;
import org.speechrate.labels.LabelActivitiesImpl;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetRequest;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationRequest;
import org.speechrate.pipeline.evaluation.EvaluationSpec;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.pipeline.labels.LabelRequest;
import org.speechrate.pipeline.labels.LabelsSpec;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;
import org.speechrate.training.TrainingStage;

/** The process in which the stages run on a made corpus; prints seconds and memory of each. */
final class ScaleProcess {
  /** In their order. */
  static final List<String> STAGES =
      List.of("labels", "embeddings", "dataset", "training", "evaluation");

  private static final Path STATUS = Path.of("/proc/self/status");

  private final Map<String, Object> stages = new LinkedHashMap<>();
  private volatile long peakAnonymous;

  private ScaleProcess() {}

  /** What a stage does. */
  private interface Work<R> {
    R run() throws IOException;
  }

  /**
   * @param args folder of the inputs, which becomes the workspace, too
   */
  public static void main(String[] args) {
    try {
      new ScaleProcess().run(Path.of(args[0]));
    } catch (Refusal | IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private void run(Path folder) throws IOException {
    Thread sampler = new Thread(this::sample, "memory");
    sampler.setDaemon(true);
    sampler.start();
    Workspace workspace = Workspace.open(folder, List.of());
    StageRunner runner = StageRunner.withoutTemporal(workspace);
    SourceHashes sources = new SourceHashes(workspace.root().resolve("data/hashes.json"));
    StageStore store = new FolderStageStore(workspace, sources);
    String id = workspace.id();

    StageResult<LabelFacts> labels =
        timed(
            "labels",
            () ->
                new LabelActivitiesImpl(runner, workspace, store, sources)
                    .labelUtterances(
                        new LabelRequest(
                            id, true, new LabelsSpec(Optional.of(".")), Optional.empty())));
    StageResult<EmbeddingFacts> embeddings =
        timed(
            "embeddings",
            () ->
                new EmbeddingActivitiesImpl(
                        runner, workspace, store, sources, AllowedHosts.LOOPBACK)
                    .loadEmbeddings(
                        new EmbeddingRequest(
                            id,
                            true,
                            new EmbeddingsSpec(
                                EmbeddingsSpec.Source.MATRIX,
                                Optional.of(ScaleInputs.MATRIX),
                                Optional.of(ScaleInputs.IDS)))));
    StageResult<DatasetFacts> dataset =
        timed(
            "dataset",
            () ->
                new DatasetActivitiesImpl(runner, store)
                    .joinDataset(
                        new DatasetRequest(
                            id,
                            true,
                            new DatasetSpec(
                                DatasetSpec.OnMissing.FAIL,
                                DatasetSpec.OnSpeakerOverlap.FAIL,
                                Optional.empty()),
                            labels.artifact(),
                            embeddings.artifact())));
    StageResult<TrainingFacts> training =
        timed(
            "training",
            () ->
                new TrainingStage(workspace, store)
                    .train(
                        new TrainingRequest(
                            id,
                            true,
                            oneEpoch(),
                            dataset.artifact(),
                            embeddings.artifact(),
                            Optional.empty(),
                            false),
                        workspace.root().resolve("checkpoint.safetensors"),
                        StageMonitor.silent())
                    .finished()
                    .orElseThrow());
    StageResult<EvaluationFacts> evaluation =
        timed(
            "evaluation",
            () ->
                new EvaluationActivitiesImpl(runner, store)
                    .evaluateModel(
                        new EvaluationRequest(
                            id,
                            true,
                            dataset.artifact(),
                            embeddings.artifact(),
                            training.artifact(),
                            dataset.facts().speakerCheck(),
                            Optional.of(labels.artifact()),
                            EvaluationSpec.DEFAULT)));
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("stages", stages);
    told.put("peakRssBytes", status("VmHWM:"));
    told.put("verdict", evaluation.facts().verdict());
    System.out.write(Json.write(told));
    System.out.flush();
  }

  private static TrainingSpec oneEpoch() {
    return RunSpecReader.read("{\"training\": {\"epochs\": 1}}").training();
  }

  private <F extends StageFacts> StageResult<F> timed(String stage, Work<StageResult<F>> work)
      throws IOException {
    List<MemoryPoolMXBean> heap =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
    heap.forEach(MemoryPoolMXBean::resetPeakUsage);
    peakAnonymous = 0;
    long cpuBegan = cpuNanos();
    long began = System.nanoTime();
    StageResult<F> result = work.run();
    double seconds = (System.nanoTime() - began) / 1e9;
    peakAnonymous = Math.max(peakAnonymous, status("RssAnon:"));
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("seconds", seconds);
    told.put("cpuSeconds", (cpuNanos() - cpuBegan) / 1e9);
    told.put("peakHeapBytes", heap.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum());
    told.put("peakAnonymousBytes", peakAnonymous);
    stages.put(stage, told);
    return result;
  }

  /** Of all threads, with those of the compiler and the collector. */
  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private void sample() {
    try {
      while (true) {
        peakAnonymous = Math.max(peakAnonymous, status("RssAnon:"));
        Thread.sleep(100);
      }
    } catch (InterruptedException | IOException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Bytes, as Linux tells them; 0 elsewhere. */
  static long status(String field) throws IOException {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) << 10)
        .findFirst()
        .orElse(0);
  }
}
