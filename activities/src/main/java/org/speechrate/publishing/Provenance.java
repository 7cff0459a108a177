package org.speechrate.publishing;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.store.Host;

/**
 * What made a version: its provenance.json.
 *
 * @param created UTC, ISO 8601
 * @param spec all that the user chose, with every default
 * @param artifacts what went in, by stage
 * @param reason why it was published
 * @param files sha256 of the version's other files
 * @param software names and versions; engine as it trained, with the processor's instructions and
 *     the number of threads, which decide the weights' last bits
 * @param machine that published it
 * @param approval where somebody was asked
 * @param promotion where somebody published it by hand, whatever the gate had said
 */
record Provenance(
    String model,
    String version,
    String created,
    String workflowId,
    String runId,
    String workspace,
    String reason,
    RunSpec spec,
    SortedMap<String, Artifact> artifacts,
    DatasetFacts dataset,
    TrainingFacts training,
    EvaluationFacts evaluation,
    SortedMap<String, String> files,
    SortedMap<String, String> software,
    SortedMap<String, String> machine,
    Optional<Word> approval,
    Optional<Word> promotion) {

  /**
   * What somebody said.
   *
   * @param who as they called themselves; nobody checks it
   * @param identity of the client that brought it: process and host, as it told them
   * @param when UTC, ISO 8601
   * @param why the comment or reason that they gave
   */
  record Word(String who, String identity, String when, Optional<String> why) {}

  static Provenance of(
      PublishingRequest request,
      Run run,
      String reason,
      SortedMap<String, String> files,
      Optional<Word> approval,
      Optional<Word> promotion,
      Clock clock) {
    return new Provenance(
        request.spec().publishing().model(),
        request.version(),
        clock.instant().truncatedTo(ChronoUnit.SECONDS).toString(),
        run.workflowId(),
        run.runId(),
        request.workspace(),
        reason,
        request.spec(),
        artifacts(request),
        request.datasetFacts(),
        request.trainingFacts(),
        request.evaluationFacts(),
        files,
        new TreeMap<>(
            Map.of(
                "speechrate", speechrateVersion(),
                "engine", request.trainingFacts().engine(),
                "java", System.getProperty("java.vendor") + " " + Runtime.version())),
        new TreeMap<>(
            Map.of(
                "host", Host.name(),
                "os", System.getProperty("os.name") + " " + System.getProperty("os.version"),
                "architecture", System.getProperty("os.arch"),
                "device", request.trainingFacts().device())),
        approval,
        promotion);
  }

  private static SortedMap<String, Artifact> artifacts(PublishingRequest request) {
    SortedMap<String, Artifact> artifacts =
        new TreeMap<>(
            Map.of(
                "labels", request.labels(),
                "embeddings", request.embeddings(),
                "dataset", request.dataset(),
                "training", request.training(),
                "evaluation", request.evaluation()));
    // There is one only where the labels were made from audio.
    request.corpus().ifPresent(corpus -> artifacts.put("corpus", corpus));
    return artifacts;
  }

  /** The Temporal run that asks. */
  record Run(String workflowId, String runId) {}

  /** From the jar's own description; there is none where classes run from a folder. */
  static String speechrateVersion() {
    String description = "/META-INF/maven/org.speechrate/speechrate-activities/pom.properties";
    try (InputStream in = Provenance.class.getResourceAsStream(description)) {
      if (in == null) {
        return "unknown, not run from its jar";
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      return "unknown: " + e.getMessage();
    }
  }
}
