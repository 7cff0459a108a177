package org.speechrate.publishing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.publishing.PublishingSpec;
import org.speechrate.predict.InputStatistics;
import org.speechrate.publishing.format.ModelFormat;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;
import org.speechrate.store.Workspace;
import org.speechrate.training.TrainedModel;

/** The publishing stage: asks the gate, then writes a version. A decision, so never reused. */
final class PublishingStage {
  private static final Logger LOG = LoggerFactory.getLogger(PublishingStage.class);

  /** Name of the file that tells what made a version. */
  static final String PROVENANCE = "provenance.json";

  private static final String ALSO_WRITE = "publishing.alsoWrite";

  private final Workspace workspace;
  private final ModelStore models;
  private final Clock clock;

  PublishingStage(Workspace workspace, Clock clock) {
    this.workspace = workspace;
    this.clock = clock;
    models = new ModelStore(workspace.root().resolve("models"));
  }

  /**
   * Publishes the version, or tells why not; called again, it gives the same result.
   *
   * @param approver identity of the client that brought the request's approval
   * @throws Refusal if the model's name cannot be a folder's, or a stage's output is gone
   */
  PublishingResult publish(
      PublishingRequest request,
      Provenance.Run run,
      Supplier<String> approver,
      StageMonitor monitor)
      throws IOException {
    PublishingSpec spec = request.spec().publishing();
    Path folder = models.folder(spec.model(), request.version());
    HeardSpeakers heard =
        HeardSpeakers.ofDataset(file(request.dataset(), "dataset", SampleTable.FILE));
    Optional<String> testSet =
        spec.gate() == PublishingSpec.Gate.ALWAYS ? Optional.empty() : Optional.of(heard.testSet());
    int changes = models.reader().history(spec.model()).size();
    if (Files.isDirectory(folder)) {
      return complete(spec.model(), request.version(), run, testSet);
    }
    Optional<String> same = NothingNew.since(request, folder);
    if (same.isPresent()) {
      return PublishingResult.nothingNew(spec.model(), same.get());
    }
    Gate gate = gate(request, run, heard, monitor);
    if (Files.isDirectory(folder)) {
      // By another attempt of this run, so this one may have lost against itself.
      return complete(spec.model(), request.version(), run, testSet);
    }
    if (!gate.open() || (spec.approval() && request.approval().isEmpty())) {
      Optional<String> known =
          NothingNew.sinceRefusal(request, gate, new RunFiles(workspace.root()));
      if (known.isPresent()) {
        return PublishingResult.nothingNew(spec.model(), known.get());
      }
      return new PublishingResult(
          false,
          spec.model(),
          Optional.empty(),
          Optional.empty(),
          gate.reason(),
          gate.open(),
          testSet);
    }
    Optional<Provenance.Word> approval =
        request
            .approval()
            .map(
                word ->
                    new Provenance.Word(word.who(), approver.get(), word.when(), word.comment()));
    String reason =
        approval.map(word -> "approved by " + said(word) + ": ").orElse("") + gate.reason();
    models.publish(
        spec.model(),
        request.version(),
        files(request, run, reason, heard, approval, Optional.empty()),
        () -> {
          monitor.requireCurrent();
          if (spec.gate() == PublishingSpec.Gate.BETTER) {
            requireSameChampion(spec.model(), changes);
          }
        });
    return complete(spec.model(), request.version(), run, testSet);
  }

  /**
   * Writes the Python system's file, where the run asks for it, of what was published. From the
   * version, so that a retry writes the same.
   */
  PublishingResult alsoWrite(PublishingRequest request, PublishingResult result)
      throws IOException {
    Optional<String> alsoWrite = request.spec().publishing().alsoWrite();
    if (alsoWrite.isPresent() && result.published()) {
      alsoWrite(workspace, alsoWrite.get(), models.folder(result.model(), request.version()));
      LOG.info("wrote {}", alsoWrite.get());
    }
    return result;
  }

  /**
   * @throws Refusal if nobody may write there
   * @throws IllegalArgumentException if the Python system has no such network
   */
  static void alsoWrite(Workspace workspace, String file, Path version) throws IOException {
    Path target = workspace.writable(ALSO_WRITE, file);
    SafeTensors weights = SafeTensors.read(version.resolve(SpeechRateModel.FILE));
    Durable.write(target, ModelFormat.pythonSystem(weights));
  }

  /**
   * @throws Refusal if no run may write there
   */
  Path writable(String alsoWrite) {
    return workspace.writable(ALSO_WRITE, alsoWrite);
  }

  /** The next attempt compares with the new one. */
  private void requireSameChampion(String model, int changes) {
    try {
      if (models.reader().history(model).size() != changes) {
        throw new IOException("the champion changed while the model was compared with it");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Publishes a version because somebody wants it, whatever the gate has said.
   *
   * @throws Refusal as {@link #publish}
   */
  PublishingResult promote(PublishingRequest request, Provenance.Run run, Provenance.Word promotion)
      throws IOException {
    String model = request.spec().publishing().model();
    if (!Files.isDirectory(models.folder(model, request.version()))) {
      HeardSpeakers heard =
          HeardSpeakers.ofDataset(file(request.dataset(), "dataset", SampleTable.FILE));
      models.publish(
          model,
          request.version(),
          files(
              request,
              run,
              "promoted by " + said(promotion),
              heard,
              Optional.empty(),
              Optional.of(promotion)),
          () -> {});
    }
    return complete(model, request.version(), run, Optional.empty());
  }

  private static String said(Provenance.Word word) {
    return word.who() + word.why().map(why -> " (" + why + ")").orElse("");
  }

  private Gate gate(
      PublishingRequest request, Provenance.Run run, HeardSpeakers heard, StageMonitor monitor)
      throws IOException {
    PublishingSpec spec = request.spec().publishing();
    Gate mean =
        Gate.check(
            spec.gate(),
            request.evaluationFacts(),
            Optional.ofNullable(request.datasetFacts().speakers().get("test")));
    if (spec.gate() != PublishingSpec.Gate.BETTER || !mean.open()) {
      return mean;
    }
    Challenge.Challenger challenger =
        new Challenge.Challenger(
            SpeechRateModel.of(
                SafeTensors.read(file(request.training(), "training", TrainedModel.WEIGHTS))),
            file(request.dataset(), "dataset", SampleTable.FILE),
            file(request.embeddings(), "embeddings", EmbeddingMatrix.FILE),
            request.training(),
            heard.names(),
            request.spec().evaluation().bootstrap(),
            spec.margin());
    Gate champion =
        new Challenge(workspace.root(), models.reader()).judge(spec.model(), challenger, monitor);
    long before =
        new RunFiles(workspace.root())
            .all().stream()
                .filter(each -> !each.runId().equals(run.runId()))
                .flatMap(each -> each.result().stream())
                .filter(each -> each.publishing().testSet().equals(Optional.of(heard.testSet())))
                .count();
    return mean.and(
        champion,
        before == 0
            ? "; this test set decides for the first time"
            : "; this test set has decided " + Counts.of(before, "time") + " before");
  }

  /** The part of a provenance file that tells why there is this version. */
  record Why(
      String reason, Optional<Provenance.Word> approval, Optional<Provenance.Word> promotion) {
    Why {
      // A version that is older than the fields.
      approval = approval == null ? Optional.empty() : approval;
      promotion = promotion == null ? Optional.empty() : promotion;
    }
  }

  /** The version is there, by this attempt or another one; the decision is that one's. */
  private PublishingResult complete(
      String model, String version, Provenance.Run run, Optional<String> testSet)
      throws IOException {
    Path folder = models.folder(model, version);
    Why why = Json.read(Files.readAllBytes(folder.resolve(PROVENANCE)), Why.class);
    Provenance.Word word =
        why.approval()
            .or(why::promotion)
            .orElseGet(
                () ->
                    new Provenance.Word(
                        "run " + run.workflowId(), ModelStore.identity(), "", Optional.empty()));
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    models.makeChampionOnce(model, version, now, word.who(), word.identity(), why.reason());
    String path = workspace.relative(folder);
    LOG.info("published {}: {}", path, why.reason());
    return new PublishingResult(
        true, model, Optional.of(version), Optional.of(path), why.reason(), false, testSet);
  }

  private Map<String, ModelStore.Content> files(
      PublishingRequest request,
      Provenance.Run run,
      String reason,
      HeardSpeakers heard,
      Optional<Provenance.Word> approval,
      Optional<Provenance.Word> promotion)
      throws IOException {
    SafeTensors weights =
        SafeTensors.read(file(request.training(), "training", TrainedModel.WEIGHTS));
    List<Integer> layers = SpeechRateModel.of(weights).layers();
    Map<String, String> metadata = new TreeMap<>(weights.metadata());
    metadata.put("model", request.spec().publishing().model());
    metadata.put("version", request.version());
    metadata.put("input", "raw speaker embedding");
    metadata.put("output", "letters and digits per second");
    metadata.put("verdict", request.evaluationFacts().verdict());
    Map<String, ModelStore.Content> files = new LinkedHashMap<>();
    SafeTensors named = new SafeTensors(weights.tensors(), metadata);
    for (ModelFormat format : ModelFormat.values()) {
      files.put(format.file(), before -> format.write(named));
    }
    Path metrics = file(request.evaluation(), "evaluation", "metrics.json");
    files.put("metrics.json", before -> Files.readAllBytes(metrics));
    // An evaluation of before there were reports has none.
    Path report =
        workspace.root().resolve(request.evaluation().uri()).resolve(EvaluationFacts.REPORT);
    if (Files.isRegularFile(report)) {
      files.put(EvaluationFacts.REPORT, before -> Files.readAllBytes(report));
    }
    heard.csv().ifPresent(csv -> files.put(HeardSpeakers.FILE, before -> csv));
    addInputStatistics(request, files);
    SortedMap<String, String> hashes = new TreeMap<>();
    Provenance provenance = Provenance.of(request, run, reason, hashes, approval, promotion, clock);
    files.put(
        "README.md",
        before ->
            new ModelCard(request, layers, provenance).text().getBytes(StandardCharsets.UTF_8));
    files.put(
        PROVENANCE,
        before -> {
          hashes.putAll(before);
          return Json.write(provenance);
        });
    return files;
  }

  /** So that a prediction can tell embeddings of another kind; left out where they are gone. */
  private void addInputStatistics(
      PublishingRequest request, Map<String, ModelStore.Content> files) {
    Path samples = workspace.root().resolve(request.dataset().uri()).resolve(SampleTable.FILE);
    Path x = workspace.root().resolve(request.embeddings().uri()).resolve(EmbeddingMatrix.FILE);
    if (Files.isRegularFile(samples) && Files.isRegularFile(x)) {
      files.put(
          InputStatistics.FILE, before -> Json.write(InputStatistics.ofTrainSplit(samples, x)));
    }
  }

  private Path file(Artifact artifact, String stage, String name) throws IOException {
    Path file = workspace.root().resolve(artifact.uri()).resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format(
              "the output of stage %s is gone: %s; run again with reuse false",
              stage, workspace.relative(file)),
          new NoSuchFileException(file.toString()));
    }
    return file;
  }
}
