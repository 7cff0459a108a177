package org.speechrate.deploy;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;

/**
 * Runs that were begun and have not ended, as {@code data/runs/} shows them where no server does: a
 * folder {@code <workflowId>/<runId>/} without the file that tells a run's end.
 */
final class OpenRuns {
  static final String STANDS_STILL = "stands still";

  /** From here on {@link RunFiles} ends a folder's name with a hash, and the id is lost. */
  private static final int LONGEST_ID = 200;

  private OpenRuns() {}

  /** Notes that a run has begun; its end removes the folder again. */
  static void begin(Path workspace, String workflowId, String runId) throws IOException {
    RunFiles files = new RunFiles(workspace);
    Path folder = Files.createDirectories(files.folder(workflowId, runId));
    if (Files.exists(files.record(workflowId, runId))) {
      Files.deleteIfExists(folder); // it has ended meanwhile
    }
  }

  /** The newest first. */
  static List<RunRecord> all(Path workspace, String cure) throws IOException {
    List<RunRecord> open = new ArrayList<>();
    for (Path workflow : folders(workspace.resolve("data/runs"))) {
      open.addAll(in(workflow, id(workflow), cure));
    }
    open.sort(Comparator.comparing(RunRecord::started).reversed());
    return open;
  }

  /** The newest of this id. */
  static Optional<RunRecord> find(Path workspace, String workflowId, String cure)
      throws IOException {
    Path workflow = new RunFiles(workspace).record(workflowId, "any").getParent();
    return in(workflow, workflowId, cure).stream().max(Comparator.comparing(RunRecord::started));
  }

  private static List<RunRecord> in(Path workflow, String workflowId, String cure)
      throws IOException {
    List<RunRecord> open = new ArrayList<>();
    for (Path run : folders(workflow)) {
      if (!Files.exists(workflow.resolve(run.getFileName() + ".json"))) {
        Instant begun =
            Files.readAttributes(run, BasicFileAttributes.class).creationTime().toInstant();
        open.add(
            new RunRecord(
                workflowId,
                run.getFileName().toString(),
                begun.toString(),
                "",
                STANDS_STILL,
                "goes on with `" + cure + "`",
                Optional.empty(),
                List.of(),
                Optional.empty()));
      }
    }
    return open;
  }

  private static String id(Path workflow) {
    String name = workflow.getFileName().toString();
    try {
      return name.length() < LONGEST_ID ? URLDecoder.decode(name, StandardCharsets.UTF_8) : name;
    } catch (IllegalArgumentException e) {
      return name; // nobody's id: a folder that something else has put there
    }
  }

  private static List<Path> folders(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.filter(Files::isDirectory).toList();
    }
  }
}
