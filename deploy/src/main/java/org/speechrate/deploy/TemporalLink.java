package org.speechrate.deploy;

import com.uber.m3.tally.Scope;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.taskqueue.v1.PollerInfo;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueRequest;
import io.temporal.api.workflowservice.v1.WorkflowServiceGrpc.WorkflowServiceBlockingStub;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.envconfig.ClientConfigProfile;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.speechrate.client.ServerFile;
import org.speechrate.pipeline.TrainWorkflow;

/** A connection to the Temporal that a command uses: a workspace's own, or one given explicitly. */
public final class TemporalLink implements AutoCloseable {
  private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(10);

  /** A server that a power cut or somebody's `kill -9` ended is back within it. */
  private static final Duration RESTART_DEADLINE = Duration.ofMinutes(1);

  /** A poll that waits lasts a minute; a poller not seen for longer has gone. */
  private static final Duration POLLER_FRESH = Duration.ofSeconds(70);

  /** Whoever asks whether a worker is ready does not wait long. */
  private static final Duration PROBE_DEADLINE = Duration.ofSeconds(2);

  /** In the identity of a worker that leaves with its run; others must not count on it. */
  static final String FOR_ONE_RUN = " (for one run)";

  private final WorkflowServiceStubs stubs;
  private final WorkflowClient client;
  private final Optional<ServerFile> devServer;

  private TemporalLink(
      WorkflowServiceStubsOptions stubsOptions,
      WorkflowClientOptions clientOptions,
      Optional<ServerFile> devServer) {
    this.stubs = WorkflowServiceStubs.newServiceStubs(stubsOptions);
    this.client = WorkflowClient.newInstance(stubs, clientOptions);
    this.devServer = devServer;
  }

  /**
   * The Temporal that the user names by Temporal's standard environment configuration, if its
   * address is given there.
   */
  static Optional<ClientConfigProfile> explicit() throws CommandFailure {
    try {
      ClientConfigProfile profile = ClientConfigProfile.load();
      String address = profile.getAddress();
      return address == null || address.isBlank() ? Optional.empty() : Optional.of(profile);
    } catch (IOException | RuntimeException e) {
      throw CommandFailure.wrongInput(
          "Temporal's environment configuration cannot be read: " + Words.of(e), e);
    }
  }

  static TemporalLink to(ClientConfigProfile profile, Optional<Scope> metrics, boolean forOneRun) {
    return new TemporalLink(
        with(profile.toWorkflowServiceStubsOptions(), metrics),
        with(profile.toWorkflowClientOptions(), forOneRun),
        Optional.empty());
  }

  /**
   * @param metrics where the SDK reports its own
   * @param forOneRun whether a worker on this link leaves when the command's run has ended
   */
  public static TemporalLink to(ServerFile server, Optional<Scope> metrics, boolean forOneRun) {
    return new TemporalLink(
        with(WorkflowServiceStubsOptions.newBuilder().setTarget(server.address()).build(), metrics),
        with(
            WorkflowClientOptions.newBuilder().setNamespace(server.namespace()).build(), forOneRun),
        Optional.of(server));
  }

  private static WorkflowServiceStubsOptions with(
      WorkflowServiceStubsOptions options, Optional<Scope> metrics) {
    return metrics.isEmpty()
        ? options
        : WorkflowServiceStubsOptions.newBuilder(options).setMetricsScope(metrics.get()).build();
  }

  private static WorkflowClientOptions with(WorkflowClientOptions options, boolean forOneRun) {
    String process = ManagementFactory.getRuntimeMXBean().getName();
    return WorkflowClientOptions.newBuilder(options)
        .setIdentity(forOneRun ? process + FOR_ONE_RUN : process)
        .build();
  }

  /** Fails early, with the address, where nothing answers. */
  TemporalLink connected() throws CommandFailure {
    return connected(CONNECT_DEADLINE);
  }

  /** For a worker, which has nothing better to do than to wait for a server that comes back. */
  TemporalLink connectedPatiently(Terminal terminal) throws CommandFailure {
    try {
      stubs.connect(CONNECT_DEADLINE);
      return this;
    } catch (RuntimeException e) {
      terminal.say(
          String.format(
              "no Temporal answers at %s yet; waiting for up to %d s",
              address(), RESTART_DEADLINE.toSeconds()));
      return connected(RESTART_DEADLINE);
    }
  }

  private TemporalLink connected(Duration deadline) throws CommandFailure {
    try {
      stubs.connect(deadline);
      return this;
    } catch (RuntimeException e) {
      close();
      throw CommandFailure.missing(
          String.format("no Temporal answers at %s: %s", address(), Words.of(e)));
    }
  }

  public WorkflowClient client() {
    return client;
  }

  WorkflowServiceStubs stubs() {
    return stubs;
  }

  String namespace() {
    return client.getOptions().getNamespace();
  }

  String address() {
    return stubs.getOptions().getTarget();
  }

  /**
   * Whether workers take tasks of this kind.
   *
   * @param evenForOneRun whether one counts that leaves when its own run has ended
   */
  boolean isPolled(String queue, TaskQueueType type, boolean evenForOneRun) {
    return pollers(stubs.blockingStub(), queue, type)
        .filter(identity -> evenForOneRun || !identity.endsWith(FOR_ONE_RUN))
        .anyMatch(identity -> !isDeadHere(identity));
  }

  /**
   * Whether this link's own worker takes tasks of this kind.
   *
   * @throws io.grpc.StatusRuntimeException if Temporal does not say so soon
   */
  boolean polls(String queue, TaskQueueType type) {
    return pollers(
            stubs
                .blockingStub()
                .withDeadlineAfter(PROBE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS),
            queue,
            type)
        .anyMatch(client.getOptions().getIdentity()::equals);
  }

  private Stream<String> pollers(
      WorkflowServiceBlockingStub server, String queue, TaskQueueType type) {
    Instant oldest = Instant.now().minus(POLLER_FRESH);
    return server
        .describeTaskQueue(
            DescribeTaskQueueRequest.newBuilder()
                .setNamespace(namespace())
                .setTaskQueue(TaskQueue.newBuilder().setName(queue))
                .setTaskQueueType(type)
                .build())
        .getPollersList()
        .stream()
        .filter(poller -> seen(poller).isAfter(oldest))
        .map(PollerInfo::getIdentity);
  }

  /** Whether any worker can answer queries and updates. */
  boolean hasWorker() {
    return isPolled(TrainWorkflow.TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, true);
  }

  private static Instant seen(PollerInfo poller) {
    return Instant.ofEpochSecond(poller.getLastAccessTime().getSeconds());
  }

  /** The server remembers a killed worker for minutes; its identity is "process id@host". */
  static boolean isDeadHere(String worker) {
    String identity =
        worker.endsWith(FOR_ONE_RUN)
            ? worker.substring(0, worker.length() - FOR_ONE_RUN.length())
            : worker;
    String self = ManagementFactory.getRuntimeMXBean().getName();
    String host = self.substring(self.indexOf('@'));
    if (!identity.endsWith(host)) {
      return false;
    }
    try {
      long pid = Long.parseLong(identity.substring(0, identity.length() - host.length()));
      return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Where a person looks at a run. */
  String runPage(String workflowId, String runId) {
    return devServer
        .map(server -> server.runPage(workflowId, runId))
        .orElseGet(
            () ->
                String.format(
                    "the UI of Temporal %s, namespace %s, workflow %s",
                    address(), namespace(), workflowId));
  }

  @Override
  public void close() {
    stubs.shutdownNow();
    stubs.awaitTermination(1, TimeUnit.SECONDS);
  }
}
