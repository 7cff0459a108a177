package org.speechrate.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.StageResult;
import org.speechrate.store.StageTimings.Part;

/**
 * {@code data/stages/<stage>/<key>/}: payload files and {@code manifest.json}. An attempt works in
 * a folder of its own and is committed by one atomic rename, so that a folder with a key's name is
 * always whole.
 */
public final class FolderStageStore implements StageStore {
  private static final Logger log = LoggerFactory.getLogger(FolderStageStore.class);
  private static final String MANIFEST = "manifest.json";

  private final Workspace workspace;
  private final SourceHashes sources;
  private final StageTimings timings;
  private final Path stages;

  /**
   * What a committed folder tells of itself; hosts, dates and seconds stand here, never in a
   * payload.
   *
   * @param sha256 over the sorted (name, sha256) of the payload files
   */
  record Manifest(
      StageKey key,
      String sha256,
      long rows,
      Map<String, PayloadFile> files,
      Map<String, Object> facts,
      String created,
      String host,
      double seconds) {}

  record PayloadFile(String sha256, long bytes) {}

  /**
   * @param sources remembers the hashes of large payload files, so that reuse is checked cheaply
   */
  public FolderStageStore(Workspace workspace, SourceHashes sources) {
    this(workspace, sources, StageTimings.NONE);
  }

  /** The same, telling what it spends. */
  public FolderStageStore(Workspace workspace, SourceHashes sources, StageTimings timings) {
    this.workspace = workspace;
    this.sources = sources;
    this.timings = timings;
    this.stages = workspace.root().resolve("data").resolve("stages");
  }

  @Override
  public <F extends StageFacts> StageResult<F> commit(
      StageKey key, boolean reuse, Class<F> facts, Work<F> work) throws IOException {
    Path stage = stages.resolve(key.stage().word());
    Path committed = stage.resolve(key.hash());
    if (reuse && Files.exists(committed)) {
      return result(committed, facts, true);
    }
    try (AttemptFolder own = timings.time(Part.COMMIT, () -> AttemptFolder.begin(stage))) {
      Path attempt = own.path();
      long began = System.nanoTime();
      F made = timed(work, attempt);
      Map<String, PayloadFile> files = timings.time(Part.HASHING, () -> payload(attempt));
      Manifest manifest =
          new Manifest(
              key,
              sha256(files),
              made.rows(),
              files,
              tree(made),
              Instant.now().toString(),
              Host.name(),
              (System.nanoTime() - began) / 1e9);
      Files.write(attempt.resolve(MANIFEST), Json.write(manifest));
      timings.time(
          Part.FSYNC,
          () -> {
            Durable.syncFolder(attempt);
            return null;
          });
      if (timings.time(Part.COMMIT, () -> Durable.publish(attempt, committed))) {
        rememberHashes(committed, files);
      } else {
        warnIfDifferent(committed, manifest);
      }
      return result(committed, facts, false);
    }
  }

  @Override
  public Optional<Origin> origin(Artifact artifact) throws IOException {
    Manifest manifest = manifest(open(artifact));
    return Optional.of(new Origin(manifest.key(), manifest.facts()));
  }

  private <F> F timed(Work<F> work, Path attempt) throws IOException {
    StageTimings.OF_THREAD.set(timings);
    try {
      return work.writeTo(attempt);
    } finally {
      StageTimings.OF_THREAD.remove();
    }
  }

  @Override
  public <F extends StageFacts> Optional<StageResult<F>> find(StageKey key, Class<F> facts)
      throws IOException {
    Path committed = stages.resolve(key.stage().word()).resolve(key.hash());
    return Files.exists(committed) ? Optional.of(result(committed, facts, true)) : Optional.empty();
  }

  @Override
  public Path open(Artifact artifact) throws IOException {
    Path folder = workspace.root().resolve(artifact.uri()).normalize();
    if (!folder.startsWith(stages)
        || !Files.exists(folder.resolve(MANIFEST))
        || !manifest(folder).sha256().equals(artifact.sha256())) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          artifact.uri()
              + " is gone, or not what the run made with sha256 "
              + artifact.sha256()
              + "; start the run again");
    }
    return folder;
  }

  private <F extends StageFacts> StageResult<F> result(Path folder, Class<F> facts, boolean reused)
      throws IOException {
    Manifest manifest = manifest(folder);
    for (Map.Entry<String, PayloadFile> file : manifest.files().entrySet()) {
      Path path = folder.resolve(file.getKey());
      if (!Files.exists(path) || !sources.sha256(path).equals(file.getValue().sha256())) {
        throw damaged(path, "is not what was committed (sha256 " + file.getValue().sha256() + ")");
      }
    }
    Artifact artifact =
        new Artifact(workspace.relative(folder), manifest.sha256(), manifest.rows());
    return new StageResult<>(artifact, reused, Json.convert(manifest.facts(), facts));
  }

  private Manifest manifest(Path folder) throws IOException {
    Path file = folder.resolve(MANIFEST);
    try {
      return Json.read(Files.readAllBytes(file), Manifest.class);
    } catch (JsonProcessingException | NoSuchFileException e) {
      throw damaged(file, "is damaged or gone");
    }
  }

  private Refusal damaged(Path file, String how) {
    return new Refusal(
        Refusal.Kind.UNREADABLE_FILE,
        String.format(
            "%s %s; delete the folder %s, and the stage is run again",
            workspace.relative(file), how, workspace.relative(file.getParent())));
  }

  /** They were made a moment ago: a large file need not be read again to know them. */
  private void rememberHashes(Path committed, Map<String, PayloadFile> files) throws IOException {
    Map<Path, String> hashes = new HashMap<>();
    files.forEach((name, file) -> hashes.put(committed.resolve(name), file.sha256()));
    sources.remember(hashes);
  }

  @SuppressWarnings("unchecked") // JSON objects are maps from texts.
  private static Map<String, Object> tree(StageFacts facts) {
    return Json.convert(facts, Map.class);
  }

  private static Map<String, PayloadFile> payload(Path folder) throws IOException {
    Map<String, PayloadFile> files = new TreeMap<>();
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        files.put(
            path.getFileName().toString(),
            new PayloadFile(SourceHashes.hash(path), Files.size(path)));
      }
    }
    return files;
  }

  private static String sha256(Map<String, PayloadFile> files) {
    List<String> parts = new ArrayList<>();
    files.forEach((name, file) -> parts.addAll(List.of(name, file.sha256())));
    return SourceHashes.combine(parts.toArray(String[]::new));
  }

  private void warnIfDifferent(Path committed, Manifest mine) throws IOException {
    if (!manifest(committed).sha256().equals(mine.sha256())) {
      log.warn(
          "{} was made again with other bytes (sha256 {}); the committed ones stay",
          workspace.relative(committed),
          mine.sha256());
    }
  }
}
