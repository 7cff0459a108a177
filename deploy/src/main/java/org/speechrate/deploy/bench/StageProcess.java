package org.speechrate.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.speechrate.corpus.CorpusActivitiesImpl;
import org.speechrate.dataset.DatasetActivitiesImpl;
import org.speechrate.embeddings.EmbeddingActivitiesImpl;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.labels.LabelActivitiesImpl;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.corpus.CorpusRequest;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetRequest;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.labels.LabelRequest;
import org.speechrate.pipeline.labels.LabelsSpec;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageStore;
import org.speechrate.store.StageTimings;
import org.speechrate.store.StageTimings.Part;
import org.speechrate.store.Workspace;
import org.speechrate.table.CsvInput;

/** The process in which a bench runs our stages; prints where each of its rounds spent its time. */
final class StageProcess {
  /** LibriSpeech's, as the Python system takes them. */
  static final SortedMap<String, String> SUBSETS =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(
              Map.of("train", "train-clean-100", "dev", "dev-clean", "test", "test-clean")));

  private final Path inputs;
  private final Workspace workspace;
  private final StageRunner runner;
  private final StageStore store;
  private final SourceHashes sources;
  private final Map<Part, AtomicLong> spent = new EnumMap<>(Part.class);
  private final Map<String, Object> stages = new LinkedHashMap<>();

  /** What training takes. */
  record Joined(Artifact dataset, DatasetFacts facts, Artifact embeddings) {}

  StageProcess(Path root, Path inputs) throws IOException {
    this(Workspace.open(Files.createDirectories(root), List.of(inputs)), inputs);
  }

  /** In a workspace that is there, of which the runs' own outputs are reused. */
  static StageProcess in(Path root, List<Path> allowRead) throws IOException {
    return new StageProcess(Workspace.open(root, allowRead), root);
  }

  private StageProcess(Workspace workspace, Path inputs) {
    this.inputs = inputs;
    this.workspace = workspace;
    runner = StageRunner.withoutTemporal(workspace);
    for (Part part : Part.values()) {
      spent.put(part, new AtomicLong());
    }
    StageTimings timings = (part, nanos) -> spent.get(part).addAndGet(nanos);
    sources = new SourceHashes(workspace.root().resolve("data/hashes.json"), timings);
    store = new FolderStageStore(workspace, sources, timings);
  }

  /**
   * @param args labels, embeddings or dataset; folder of the inputs; folder of each round's store,
   *     where one that was used before is reused
   */
  public static void main(String[] args) {
    try {
      Map<String, Object> rounds = new LinkedHashMap<>();
      for (int i = 2; i < args.length; i++) {
        StageProcess round = new StageProcess(Path.of(args[i]), Path.of(args[1]).toRealPath());
        rounds.put(Integer.toString(i - 2), round.run(args[0]));
      }
      System.out.write(Json.write(rounds));
      System.out.flush();
    } catch (Refusal | IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  Workspace workspace() {
    return workspace;
  }

  StageRunner runner() {
    return runner;
  }

  StageStore store() {
    return store;
  }

  /** Seconds of each part, and what else there is to tell, by stage. */
  Map<String, Object> stages() {
    return stages;
  }

  private Map<String, Object> run(String bench) throws IOException {
    switch (bench) {
      case "labels" -> labelsOfCorpus();
      case "embeddings" -> embeddings();
      case "dataset" -> {
        Joined joined = join();
        long began = System.nanoTime();
        readArrays(store.open(joined.dataset()), store.open(joined.embeddings()));
        tell("arrays", System.nanoTime() - began, false, joined.dataset().rows());
      }
      default -> throw new IllegalArgumentException(bench);
    }
    return stages;
  }

  private void labelsOfCorpus() {
    CorpusSpec spec =
        new CorpusSpec(
            Optional.of(inputs.toString()),
            Optional.empty(),
            SUBSETS,
            CorpusSpec.Durations.EXACT,
            Optional.empty());
    Artifact corpus = corpus(spec);
    labels(new LabelsSpec(Optional.empty()), Optional.of(corpus));
  }

  private Artifact corpus(CorpusSpec spec) {
    return timed(
            "corpus",
            () ->
                new CorpusActivitiesImpl(runner, workspace, store)
                    .scanCorpus(new CorpusRequest(workspace.id(), true, spec, false)))
        .artifact();
  }

  private Artifact labels(LabelsSpec spec, Optional<Artifact> corpus) {
    return timed(
            "labels",
            () ->
                new LabelActivitiesImpl(runner, workspace, store, sources)
                    .labelUtterances(new LabelRequest(workspace.id(), true, spec, corpus)))
        .artifact();
  }

  private Artifact embeddings() {
    return embeddings(
        new EmbeddingsSpec(
            EmbeddingsSpec.Source.NUMPY_DICT,
            Optional.of(inputs.resolve("embeddings_npy").toString()),
            Optional.empty()));
  }

  private Artifact embeddings(EmbeddingsSpec spec) {
    return timed(
            "embeddings",
            () ->
                new EmbeddingActivitiesImpl(
                        runner, workspace, store, sources, AllowedHosts.LOOPBACK)
                    .loadEmbeddings(new EmbeddingRequest(workspace.id(), true, spec)))
        .artifact();
  }

  /** The stages labels, embeddings and dataset. */
  Joined join() {
    Artifact labels =
        labels(
            new LabelsSpec(Optional.of(inputs.resolve("processed").toString())), Optional.empty());
    return join(
        new DatasetSpec(
            DatasetSpec.OnMissing.FAIL, DatasetSpec.OnSpeakerOverlap.FAIL, Optional.empty()),
        labels,
        embeddings());
  }

  /** The stages of a run up to dataset. */
  Joined join(RunSpec spec) {
    Optional<Artifact> corpus =
        spec.labels().directory().isPresent()
            ? Optional.empty()
            : Optional.of(corpus(spec.corpus()));
    return join(spec.dataset(), labels(spec.labels(), corpus), embeddings(spec.embeddings()));
  }

  private Joined join(DatasetSpec spec, Artifact labels, Artifact embeddings) {
    StageResult<DatasetFacts> dataset =
        timed(
            "dataset",
            () ->
                new DatasetActivitiesImpl(runner, store)
                    .joinDataset(
                        new DatasetRequest(workspace.id(), true, spec, labels, embeddings)));
    return new Joined(dataset.artifact(), dataset.facts(), embeddings);
  }

  /** As training has them: vectors and targets of all samples in memory. */
  private static void readArrays(Path dataset, Path embeddings) throws IOException {
    EmbeddingMatrix matrix = EmbeddingMatrix.open(embeddings.resolve(EmbeddingMatrix.FILE));
    try (CsvInput samples = CsvInput.open(dataset.resolve("samples.csv"), "samples.csv")) {
      float[] x = new float[Math.toIntExact(matrix.rows() * matrix.dimension())];
      double[] cps = new double[Math.toIntExact(matrix.rows())];
      int[] n = {0};
      samples.forEach(
          row -> {
            cps[n[0]] = Double.parseDouble(row.get("cps"));
            matrix.read(Long.parseLong(row.get("row")), x, n[0]++ * matrix.dimension());
          });
    }
  }

  <F extends StageFacts> StageResult<F> timed(String stage, Supplier<StageResult<F>> run) {
    spent.values().forEach(each -> each.set(0));
    long began = System.nanoTime();
    StageResult<F> result = run.get();
    tell(stage, System.nanoTime() - began, result.reused(), result.artifact().rows());
    return result;
  }

  private void tell(String stage, long total, boolean reused, long rows) {
    Map<String, Object> told = new LinkedHashMap<>();
    long rest = total;
    for (Part part : Part.values()) {
      long nanos = spent.get(part).getAndSet(0);
      told.put(part.name().toLowerCase(Locale.ROOT), nanos / 1e9);
      rest -= nanos;
    }
    told.put("work", rest / 1e9);
    told.put("total", total / 1e9);
    told.put("reused", reused);
    told.put("rows", rows);
    stages.put(stage, told);
  }
}
