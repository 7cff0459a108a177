package org.speechrate.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.common.converter.JacksonJsonPayloadConverter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run keeps its own files under {@code data/runs/}; reads those of runs that have ended.
 * Workflow ids may hold any characters: whatever is not a letter, digit, dot, underscore or hyphen
 * of ASCII stands percent-encoded, and so does a dot at the beginning.
 */
public final class RunFiles {
  /** File systems take 255 bytes, Temporal gives up to 1,000; longer ones end with their hash. */
  private static final int LONGEST = 200;

  private static final Logger LOG = LoggerFactory.getLogger(RunFiles.class);

  /** Temporal's knows Optional; a newer worker may have written more fields. */
  private static final ObjectMapper MAPPER =
      JacksonJsonPayloadConverter.newDefaultObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

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
          records.add(MAPPER.readValue(Files.readAllBytes(file), RunRecord.class));
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
      return name.substring(0, LONGEST - 65) + "%" + sha256(id);
    }
    return name.toString();
  }

  /** Of a JSON list of it: the folders of long ids are named so since there are runs. */
  private static String sha256(String id) {
    try {
      String json = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(List.of(id)) + "\n";
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(json.getBytes(StandardCharsets.UTF_8)));
    } catch (JsonProcessingException | NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256, and a text is JSON", e);
    }
  }
}
