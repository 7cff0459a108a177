package org.speechrate.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.StageState;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;

/**
 * Stage outputs that no published model and none of the newest runs came from, and what an encoder
 * made of audio that none of these came from: they only save the time of making them again. To be
 * used while no run is under way.
 */
public final class StageCleanup {
  /** What is younger may belong to a run that is not in data/runs yet. */
  private static final Duration YOUNG = Duration.ofDays(1);

  private static final String PROVENANCE = "provenance.json";

  /** What encoders made of audio: a folder for each, named by its identity. */
  private static final String ENCODED = "data/encoded";

  private final Path workspace;
  private final Instant now;

  /**
   * An output that may go.
   *
   * @param uri folder relative to the workspace
   */
  public record Unused(String uri, long bytes, Instant made) {}

  /** The part of an output's manifest that tells of an encoder. */
  record Manifest(Key key) {
    record Key(Map<String, String> inputs) {}
  }

  /** The part of a provenance file that names stage outputs. */
  record Provenance(Map<String, Artifact> artifacts) {}

  public StageCleanup(Path workspace, Instant now) {
    this.workspace = workspace;
    this.now = now;
  }

  /**
   * Lists without deleting, the largest first.
   *
   * @param newestRuns how many of the newest runs keep their outputs
   */
  public List<Unused> unused(int newestRuns) throws IOException {
    Set<String> needed = new HashSet<>(ofModels());
    new RunFiles(workspace)
        .all().stream()
            .limit(newestRuns)
            .flatMap(run -> run.stages().stream())
            .map(StageState::artifact)
            .forEach(artifact -> artifact.map(Artifact::uri).ifPresent(needed::add));
    List<Unused> unused = new ArrayList<>();
    for (String uri : List.copyOf(needed)) {
      encoder(workspace.resolve(uri)).ifPresent(needed::add);
    }
    List<Path> parents = new ArrayList<>(folders(workspace.resolve("data/stages")));
    parents.add(workspace.resolve(ENCODED));
    for (Path parent : parents) {
      for (Path output : folders(parent)) {
        String uri = workspace.relativize(output).toString().replace('\\', '/');
        Instant made = Files.getLastModifiedTime(output).toInstant();
        if (!needed.contains(uri) && made.isBefore(now.minus(YOUNG))) {
          unused.add(new Unused(uri, bytes(output), made));
        }
      }
    }
    unused.sort(Comparator.comparingLong(Unused::bytes).reversed());
    return unused;
  }

  /** Deletes one; half-way through, its name is gone already, so nobody takes it for whole. */
  public void delete(Unused output) throws IOException {
    Path folder = workspace.resolve(output.uri());
    Path leaving = folder.resolveSibling(".attempt-deleted-" + UUID.randomUUID());
    Files.move(folder, leaving, StandardCopyOption.ATOMIC_MOVE);
    Durable.deleteFolder(leaving);
  }

  /** The folder of what the encoder of this output made; absent where there was none. */
  private static Optional<String> encoder(Path output) throws IOException {
    Path manifest = output.resolve("manifest.json");
    if (!Files.isRegularFile(manifest)) {
      return Optional.empty();
    }
    return Optional.ofNullable(Json.read(Files.readAllBytes(manifest), Manifest.class).key())
        .map(Manifest.Key::inputs)
        .map(inputs -> inputs.get("encoder"))
        .map(identity -> ENCODED + "/" + identity);
  }

  private Set<String> ofModels() throws IOException {
    Set<String> uris = new HashSet<>();
    for (Path model : folders(workspace.resolve("models"))) {
      for (Path version : folders(model)) {
        Path provenance = version.resolve(PROVENANCE);
        if (Files.isRegularFile(provenance)) {
          Json.read(Files.readAllBytes(provenance), Provenance.class).artifacts().values().stream()
              .filter(Objects::nonNull) // such as the corpus, where labels were given
              .forEach(artifact -> uris.add(artifact.uri()));
        }
      }
    }
    return uris;
  }

  private static List<Path> folders(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static long bytes(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }
}
