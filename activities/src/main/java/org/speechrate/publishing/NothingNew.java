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
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.store.Json;

/**
 * Whether a run made, of the same data, the very model that was published last: nothing to publish
 * twice each night.
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

  private static Optional<Path> newest(Path model) throws IOException {
    return new ModelFolder(model.getParent())
        .versions(model.getFileName().toString()).stream()
            .map(model::resolve)
            .filter(version -> Files.isRegularFile(provenance(version)))
            .reduce((older, newer) -> newer);
  }

  private static boolean isOf(PublishingRequest request, Path version) throws IOException {
    List<String> ours =
        Stream.of(request.embeddings(), request.dataset(), request.training())
            .map(Artifact::sha256)
            .toList();
    Origin origin = Json.read(Files.readAllBytes(provenance(version)), Origin.class);
    return origin.artifacts() != null
        && ours.equals(
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
