package org.speechrate.publishing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.publishing.PublishingSpec;
import org.speechrate.store.Json;

/**
 * Whether a run made, of the same data, the very model that was published last, or refused before:
 * nothing to publish, or to tell of, each night.
 */
final class NothingNew {
  /** What a model and its metrics come of. */
  private static final List<String> STAGES = List.of("embeddings", "dataset", "training");

  private NothingNew() {}

  /**
   * The newest version of the model, where the run asks for news only and has none.
   *
   * @param published where the run's own version lies, or would lie
   */
  static Optional<String> since(PublishingRequest request, Path published) throws IOException {
    // Published by an earlier attempt of this run: its own version is no reason against it.
    if (!request.spec().publishing().onlyNew() || Files.exists(published)) {
      return Optional.empty();
    }
    Optional<Path> newest = newest(published.getParent());
    return newest.isPresent() && isOf(request, newest.get())
        ? newest.map(version -> version.getFileName().toString())
        : Optional.empty();
  }

  /**
   * The run that made the same model by the same choices and was not allowed to publish it, and
   * why, where the run asks for news only.
   *
   * @param gate what it says today: no, or that somebody has to agree, who may have said no then
   */
  static Optional<String> sinceRefusal(PublishingRequest request, Gate gate, RunFiles runs)
      throws IOException {
    PublishingSpec spec = request.spec().publishing();
    if (!spec.onlyNew()) {
      return Optional.empty();
    }
    for (RunRecord run : runs.all()) {
      Optional<PublishingResult> decided =
          run.publishing().filter(each -> !each.published() && !each.isNothingNew());
      if (decided.isPresent()
          && run.spec().map(RunSpec::publishing).equals(Optional.of(spec))
          && ours(request).equals(made(run))
          && (!gate.open() || decided.get().isRejected())) {
        return Optional.of(
            String.format(
                "run %s: %s",
                run.workflowId(), gate.open() ? decided.get().reason() : gate.reason()));
      }
    }
    return Optional.empty();
  }

  private static List<String> made(RunRecord run) {
    return STAGES.stream()
        .map(
            stage ->
                run.stages().stream()
                    .filter(state -> state.stage().word().equals(stage))
                    .findFirst()
                    .flatMap(StageState::artifact)
                    .map(Artifact::sha256)
                    .orElse(""))
        .toList();
  }

  private static List<String> ours(PublishingRequest request) {
    return Stream.of(request.embeddings(), request.dataset(), request.training())
        .map(Artifact::sha256)
        .toList();
  }

  private static Optional<Path> newest(Path model) throws IOException {
    return new ModelFolder(model.getParent())
        .versions(model.getFileName().toString()).stream()
            .map(model::resolve)
            .filter(version -> Files.isRegularFile(provenance(version)))
            .reduce((older, newer) -> newer);
  }

  private static boolean isOf(PublishingRequest request, Path version) throws IOException {
    Origin origin = Json.read(Files.readAllBytes(provenance(version)), Origin.class);
    return origin.artifacts() != null
        && ours(request)
            .equals(
                STAGES.stream()
                    .map(origin.artifacts()::get)
                    .map(artifact -> artifact == null ? "" : artifact.sha256())
                    .toList());
  }

  private static Path provenance(Path version) {
    return version.resolve("provenance.json");
  }

  /** Of a version's provenance, what is compared; a version may come from elsewhere. */
  private record Origin(Map<String, Artifact> artifacts) {}
}
