package org.speechrate.notebook;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.common.converter.JacksonJsonPayloadConverter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.pipeline.RunRecord;

/** What {@code data/runs/<workflowId>/<runId>.json} keeps of runs that have ended. */
final class RunRecords {
  /** Temporal's knows Optional; a newer worker may have written more fields. */
  private static final ObjectMapper MAPPER =
      JacksonJsonPayloadConverter.newDefaultObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private RunRecords() {}

  /** All of them, the newest first. */
  static List<RunRecord> all(Path workspace) {
    List<RunRecord> records = new ArrayList<>();
    try {
      for (Path run : list(workspace.resolve("data").resolve("runs"))) {
        records.addAll(in(run));
      }
    } catch (IOException e) {
      throw new NotebookException("cannot read data/runs: " + e.getMessage(), e);
    }
    records.sort(Comparator.comparing(RunRecord::started).reversed());
    return records;
  }

  /** The newest of this id. */
  static Optional<RunRecord> find(Path workspace, String workflowId) {
    // The folder's name is the id, but for characters that no file name should have.
    return all(workspace).stream().filter(run -> run.workflowId().equals(workflowId)).findFirst();
  }

  private static List<RunRecord> in(Path run) throws IOException {
    List<RunRecord> records = new ArrayList<>();
    for (Path file : list(run)) {
      if (file.getFileName().toString().endsWith(".json")) {
        try {
          records.add(MAPPER.readValue(Files.readAllBytes(file), RunRecord.class));
        } catch (IOException e) {
          // No run's file, or one that goes away: the others are what was asked for.
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
