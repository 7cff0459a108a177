package org.speechrate.publishing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.store.Workspace;
import org.speechrate.training.TrainedModel;

/** The publishing stage: asks the gate, then writes a version. A decision, so never reused. */
final class PublishingStage {
  private static final Logger LOG = LoggerFactory.getLogger(PublishingStage.class);

  private static final String PROVENANCE = "provenance.json";

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
   * @throws Refusal if the model's name cannot be a folder's, or a stage's output is gone
   */
  PublishingResult publish(PublishingRequest request, Provenance.Run run, StageMonitor monitor)
      throws IOException {
    String model = request.spec().publishing().model();
    Path folder = models.folder(model, request.version());
    if (Files.isDirectory(folder)) {
      return complete(model, request.version(), run);
    }
    Optional<String> same = NothingNew.since(request, folder);
    if (same.isPresent()) {
      return PublishingResult.nothingNew(model, same.get());
    }
    Gate gate =
        Gate.check(
            request.spec().publishing().gate(),
            request.evaluationFacts(),
            Optional.ofNullable(request.datasetFacts().speakers().get("test")));
    if (!gate.open()) {
      return new PublishingResult(false, model, Optional.empty(), Optional.empty(), gate.reason());
    }
    models.publish(
        model, request.version(), files(request, run, gate.reason()), monitor::requireCurrent);
    return complete(model, request.version(), run);
  }

  /** The part of a provenance file that tells why there is this version. */
  private record Why(String reason) {}

  /** The version is there, by this attempt or another one; the decision is that one's. */
  private PublishingResult complete(String model, String version, Provenance.Run run)
      throws IOException {
    Path folder = models.folder(model, version);
    String reason = Json.read(Files.readAllBytes(folder.resolve(PROVENANCE)), Why.class).reason();
    models.makeChampionOnce(model, version, now(), "run " + run.workflowId(), reason);
    String path = workspace.relative(folder);
    LOG.info("published {}: {}", path, reason);
    return new PublishingResult(true, model, Optional.of(version), Optional.of(path), reason);
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private Map<String, byte[]> files(PublishingRequest request, Provenance.Run run, String reason)
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
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(SpeechRateModel.FILE, new SafeTensors(weights.tensors(), metadata).toBytes());
    files.put(
        "metrics.json",
        Files.readAllBytes(file(request.evaluation(), "evaluation", "metrics.json")));
    // An evaluation of before there were reports has none.
    Path report =
        workspace.root().resolve(request.evaluation().uri()).resolve(EvaluationFacts.REPORT);
    if (Files.isRegularFile(report)) {
      files.put(EvaluationFacts.REPORT, Files.readAllBytes(report));
    }
    SortedMap<String, String> hashes = new TreeMap<>();
    files.forEach((name, content) -> hashes.put(name, sha256(content)));
    Provenance provenance = Provenance.of(request, run, reason, hashes, clock);
    files.put(PROVENANCE, Json.write(provenance));
    files.put(
        "README.md",
        new ModelCard(request, layers, provenance).text().getBytes(StandardCharsets.UTF_8));
    return files;
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

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
