package org.speechrate.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.store.Json;

/** Ended runs as {@code data/runs/<workflowId>/<runId>.json} keeps them. */
final class RunFiles {
  private static final Logger log = LoggerFactory.getLogger(RunFiles.class);

  private final Path folder;

  RunFiles(Path workspace) {
    this.folder = workspace.resolve("data/runs");
  }

  /** The newest first. */
  List<RunRecord> all() throws IOException {
    List<RunRecord> records = new ArrayList<>();
    for (Path run : list(folder)) {
      records.addAll(of(run));
    }
    records.sort(Comparator.comparing(RunRecord::started).reversed());
    return records;
  }

  /** The newest one of this id. */
  Optional<RunRecord> find(String workflowId) throws IOException {
    Path run = folder.resolve(workflowId).normalize();
    return run.startsWith(folder)
        ? of(run).stream().max(Comparator.comparing(RunRecord::started))
        : Optional.empty();
  }

  private static List<RunRecord> of(Path run) throws IOException {
    List<RunRecord> records = new ArrayList<>();
    for (Path file : list(run)) {
      if (file.getFileName().toString().endsWith(".json")) {
        try {
          records.add(Json.read(Files.readAllBytes(file), RunRecord.class));
        } catch (IOException e) {
          log.warn("{} is no run's file; left out", file, e);
        }
      }
    }
    return records;
  }

  private static List<Path> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
