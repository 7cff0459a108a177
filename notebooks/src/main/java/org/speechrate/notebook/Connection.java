package org.speechrate.notebook;

import io.temporal.api.workflowservice.v1.GetSystemInfoRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.envconfig.ClientConfigProfile;
import io.temporal.envconfig.LoadClientConfigProfileOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.speechrate.client.RunClient;
import org.speechrate.client.ServerFile;

/**
 * A Temporal server that answered.
 *
 * @param serverFile absent where the address came from Temporal's environment configuration
 */
record Connection(
    String address, Optional<ServerFile> serverFile, WorkflowServiceStubs stubs, RunClient runs) {
  /** On this machine an answer takes a millisecond; a cluster far away may take one second. */
  private static final int ANSWER_SECONDS = 5;

  private static final String CURE = "start one with deploy/speechrate up";

  /**
   * Temporal's standard environment configuration where it names an address, else the workspace's
   * own server; never whatever listens on Temporal's usual port.
   *
   * @throws NotebookException if no server answers
   */
  static Connection open(Path workspace, Map<String, String> environment) {
    try {
      ClientConfigProfile profile =
          ClientConfigProfile.load(
              LoadClientConfigProfileOptions.newBuilder().setEnvOverrides(environment).build());
      if (profile.getAddress() != null && !profile.getAddress().isBlank()) {
        return open(
            workspace,
            profile.getAddress(),
            Optional.empty(),
            profile.toWorkflowServiceStubsOptions(),
            profile.toWorkflowClientOptions());
      }
      ServerFile server =
          ServerFile.read(workspace)
              .orElseThrow(
                  () ->
                      new NotebookException(
                          "no server runs for the workspace " + workspace + "; " + CURE));
      return open(
          workspace,
          server.address(),
          Optional.of(server),
          WorkflowServiceStubsOptions.newBuilder().setTarget(server.address()).build(),
          WorkflowClientOptions.newBuilder().setNamespace(server.namespace()).build());
    } catch (IOException e) {
      throw new NotebookException("cannot read where the server is: " + e.getMessage(), e);
    }
  }

  private static Connection open(
      Path workspace,
      String address,
      Optional<ServerFile> serverFile,
      WorkflowServiceStubsOptions stubsOptions,
      WorkflowClientOptions clientOptions)
      throws IOException {
    String id = workspaceId(workspace);
    WorkflowServiceStubs stubs = WorkflowServiceStubs.newServiceStubs(stubsOptions);
    Connection connection =
        new Connection(
            address,
            serverFile,
            stubs,
            new RunClient(WorkflowClient.newInstance(stubs, clientOptions), id));
    try {
      connection.check();
    } catch (NotebookException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  private static String workspaceId(Path workspace) throws IOException {
    Path file = workspace.resolve("data").resolve("workspace-id");
    if (!Files.exists(file)) {
      throw new NotebookException(
          "no worker has served the workspace " + workspace + " yet; " + CURE);
    }
    return Files.readString(file).strip();
  }

  /**
   * @throws NotebookException if the server does not answer any more
   */
  void check() {
    try {
      stubs
          .blockingStub()
          .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
          .getSystemInfo(GetSystemInfoRequest.getDefaultInstance());
    } catch (io.grpc.StatusRuntimeException e) {
      String told = serverFile.isPresent() ? "data/server.json" : "Temporal's configuration";
      String cure = serverFile.isPresent() ? CURE : "is it up, and are its credentials right?";
      throw new NotebookException(
          String.format(
              "no Temporal server answers at %s (from %s): %s; %s",
              address, told, e.getStatus().getCode(), cure),
          e);
    }
  }

  /** The server may have been stopped and started on another port since. */
  boolean isStale(Path workspace) {
    try {
      return serverFile.isPresent() && !serverFile.equals(ServerFile.read(workspace));
    } catch (IOException e) {
      return true;
    }
  }

  /** Where the UI shows a run. */
  String page(String workflowId, String runId) {
    return serverFile
        .map(server -> server.runPage(workflowId, runId))
        .orElse(
            "run "
                + runId
                + " of workflow "
                + workflowId
                + " in the UI of the Temporal at "
                + address);
  }

  void close() {
    stubs.shutdownNow();
  }
}
