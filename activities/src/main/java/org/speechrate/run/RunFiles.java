package org.speechrate.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.sweep.Leaderboard;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;

/**
 * Where a run keeps its own files under {@code data/runs/}. Workflow ids may hold any characters:
 * whatever is not a letter, digit, dot, underscore or hyphen of ASCII stands percent-encoded, and
 * so does a dot at the beginning.
 */
public final class RunFiles {
  /** File systems take 255 bytes, Temporal gives up to 1,000; longer ones end with their hash. */
  private static final int LONGEST = 200;

  private static final Logger LOG = LoggerFactory.getLogger(RunFiles.class);

  private final Path runs;

  /**
   * @param workspace its root folder
   */
  public RunFiles(Path workspace) {
    runs = workspace.resolve("data").resolve("runs");
  }

  /** {@code data/runs/<workflowId>/<runId>.json}. */
  public Path record(String workflowId, String runId) {
    return runs.resolve(encode(workflowId)).resolve(encode(runId) + ".json");
  }

  /** {@code data/runs/<workflowId>/<runId>-leaderboard.csv}: all variants of a sweep. */
  public Path leaderboard(String workflowId, String runId) {
    return runs.resolve(encode(workflowId)).resolve(encode(runId) + "-leaderboard.csv");
  }

  /** {@code data/runs/<workflowId>/<runId>/}: what only a run needs that is under way. */
  public Path folder(String workflowId, String runId) {
    return runs.resolve(encode(workflowId)).resolve(encode(runId));
  }

  /** Writes the run's file, all of it or nothing, and removes what only a running run needs. */
  void write(RunRecord run) throws IOException {
    if (run.sweep().isPresent()) {
      Durable.write(
          leaderboard(run.workflowId(), run.runId()),
          Leaderboard.csv(run.sweep().get()).getBytes(StandardCharsets.UTF_8));
    }
    Durable.write(record(run.workflowId(), run.runId()), Json.write(run));
    try {
      Durable.deleteFolder(folder(run.workflowId(), run.runId()));
    } catch (DirectoryNotEmptyException e) {
      // A zombie attempt is writing there; a few hundred kilobytes may stay.
    }
  }

  /** Every run that has ended, the newest first. */
  public List<RunRecord> all() throws IOException {
    List<RunRecord> records = new ArrayList<>();
    for (Path run : list(runs)) {
      records.addAll(recordsIn(run));
    }
    records.sort(Comparator.comparing(RunRecord::started).reversed());
    return records;
  }

  /** The newest run of this id that has ended. */
  public Optional<RunRecord> find(String workflowId) throws IOException {
    return recordsIn(runs.resolve(encode(workflowId))).stream()
        .max(Comparator.comparing(RunRecord::started));
  }

  private static List<RunRecord> recordsIn(Path run) throws IOException {
    List<RunRecord> records = new ArrayList<>();
    for (Path file : list(run)) {
      if (file.getFileName().toString().endsWith(".json")) {
        try {
          records.add(Json.read(Files.readAllBytes(file), RunRecord.class));
        } catch (IOException e) {
          LOG.warn("{} is no run's file; left out", file, e);
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

  /** The name of a workflow's folder; two ids never share one. */
  static String encode(String id) {
    if (id.isEmpty()) {
      return "%";
    }
    StringBuilder name = new StringBuilder();
    for (byte b : id.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || b == '_'
              || b == '-'
              || (b == '.' && name.length() > 0);
      if (plain) {
        name.append((char) b);
      } else {
        name.append(String.format(Locale.ROOT, "%%%02X", b));
      }
    }
    if (name.length() > LONGEST) {
      return name.substring(0, LONGEST - 65) + "%" + SourceHashes.combine(id);
    }
    return name.toString();
  }
}
