package org.speechrate.client;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import org.speechrate.pipeline.TrainWorkflow;

/**
 * {@code data/server.json}: the Temporal dev server of a workspace.
 *
 * @param address host and port of the server's gRPC, such as {@code 127.0.0.1:40123}
 * @param ui address of the Temporal UI, such as {@code http://127.0.0.1:40124}
 * @param metrics address of the worker's metrics, such as {@code http://127.0.0.1:40125/metrics}
 * @param serverPid process of the server
 * @param ownerPid process of the command that started it, which also runs a worker
 */
public record ServerFile(
    String address, String namespace, String ui, String metrics, long serverPid, long ownerPid) {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private static Path of(Path workspace) {
    return workspace.resolve("data").resolve("server.json");
  }

  /** The file as it stands; the processes that it names may be gone. */
  public static Optional<ServerFile> read(Path workspace) throws IOException {
    Path file = of(workspace);
    return Files.exists(file)
        ? Optional.of(MAPPER.readValue(Files.readAllBytes(file), ServerFile.class))
        : Optional.empty();
  }

  public void write(Path workspace) throws IOException {
    Path file = of(workspace);
    Files.createDirectories(file.getParent());
    Path fresh = file.resolveSibling(".server-" + UUID.randomUUID());
    Files.write(fresh, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  public static void delete(Path workspace) throws IOException {
    Files.deleteIfExists(of(workspace));
  }

  /** Where the UI starts a run: its form, with type and queue filled in. */
  public String startPage() {
    return String.format(
        "%s/namespaces/%s/workflows/start-workflow?workflowType=%s&taskQueue=%s",
        ui, namespace, TrainWorkflow.TYPE, TrainWorkflow.TASK_QUEUE);
  }

  /** Where the UI shows a run. */
  public String runPage(String workflowId, String runId) {
    return ui + "/namespaces/" + namespace + "/workflows/" + workflowId + "/" + runId;
  }
}
