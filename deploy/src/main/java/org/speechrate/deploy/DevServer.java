package org.speechrate.deploy;

import com.google.protobuf.util.Durations;
import io.grpc.StatusRuntimeException;
import io.temporal.api.namespace.v1.NamespaceConfig;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.api.workflowservice.v1.UpdateNamespaceRequest;
import io.temporal.common.SearchAttributeKey;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.client.ServerFile;
import org.speechrate.pipeline.SearchAttributes;

/**
 * The Temporal dev server of a workspace, with its UI; one at a time, shared by all commands. The
 * last command that leaves it stops it, so one that was orphaned by a {@code kill -9} ends with the
 * next command that uses it.
 */
public final class DevServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DevServer.class);

  static final String NAMESPACE = "default";

  /** A run stays visible for a season; the dev server's own default is one day. */
  static final Duration RETENTION = Duration.ofDays(90);

  /** Seen: 1 s on an idle machine, with the database of many runs; a busy CI takes longer. */
  private static final Duration START_DEADLINE = Duration.ofSeconds(60);

  /** One question to a server on this machine. */
  private static final Duration PROBE_DEADLINE = Duration.ofSeconds(2);

  /** Longer than the server's own shutdown, which drains its queues. */
  private static final Duration STOP_DEADLINE = Duration.ofSeconds(20);

  private static final long PROBE_PAUSE_MILLIS = 100;

  /** Someone else may take a port between our finding it free and the server's binding it. */
  private static final int PORT_TRIES = 3;

  private static final int LOG_LINES_SHOWN = 5;

  /**
   * Ports that the user wants; 0 for a free one.
   *
   * @param grpc of the server
   * @param ui of the Temporal UI
   */
  public record Ports(int grpc, int ui) {
    /** Free ones, so that two workspaces never meet. */
    public static final Ports FREE = new Ports(0, 0);
  }

  private final Path workspace;
  private final boolean started;
  private volatile ServerFile file;
  private boolean closed;

  private DevServer(Path workspace, boolean started, ServerFile file) {
    this.workspace = workspace;
    this.started = started;
    this.file = file;
  }

  /** The workspace's server, where one answers; a file of a server that is gone is cleaned away. */
  public static Optional<ServerFile> running(Path workspace) throws IOException, CommandFailure {
    if (ServerFile.read(workspace).isEmpty()) {
      return Optional.empty();
    }
    return ServerLocks.exclusively(workspace, () -> answering(workspace));
  }

  /**
   * Uses the workspace's running server, or starts one.
   *
   * @param temporal the Temporal CLI; asked for only where a server has to be started
   * @param own whether the server belongs to this process from now on, as {@code up} wants it
   */
  public static DevServer open(Path workspace, TemporalBinary temporal, Ports ports, boolean own)
      throws IOException, CommandFailure {
    Path root = workspace.toRealPath();
    return ServerLocks.exclusively(
        root,
        () -> {
          Optional<ServerFile> running = answering(root);
          if (running.isEmpty()) {
            PortOption.requireFree("--port", ports.grpc());
            PortOption.requireFree("--ui-port", ports.ui());
          }
          ServerFile file =
              running.isPresent() ? running.get() : startServer(root, temporal.get(), ports);
          if (own || running.isEmpty()) {
            file = withOwner(file, ProcessHandle.current().pid());
            file.write(root);
          }
          ServerLocks.use(root);
          return new DevServer(root, running.isEmpty(), file);
        });
  }

  /** Where the Temporal CLI comes from; may install it. */
  public interface TemporalBinary {
    Path get() throws CommandFailure;
  }

  public ServerFile file() {
    return file;
  }

  /** False where it was running already. */
  public boolean started() {
    return started;
  }

  /** Tells everyone in the workspace where this process' worker shows its metrics. */
  void publishMetrics(String address) throws IOException {
    file =
        new ServerFile(
            file.address(),
            file.namespace(),
            file.ui(),
            address,
            file.serverPid(),
            file.ownerPid());
    file.write(workspace);
  }

  /**
   * Waits until the server's process has ended.
   *
   * @return whether it did within the time
   */
  boolean awaitExit(Duration atMost) throws InterruptedException {
    Optional<ProcessHandle> process = serverProcess(workspace, file);
    return process.isEmpty() || exited(process.get(), atMost);
  }

  /**
   * After its process has ended: starts it again at the same address, so that workers just go on.
   *
   * @return false where it was stopped on purpose, as {@code down} does
   */
  boolean revive(TemporalBinary temporal) throws IOException, CommandFailure {
    return ServerLocks.exclusively(
        workspace,
        () -> {
          Optional<ServerFile> now = ServerFile.read(workspace);
          if (now.isEmpty()) {
            return false;
          }
          if (serverProcess(workspace, now.get()).isPresent()) {
            file = now.get();
            return true;
          }
          log.warn("Temporal server {} has ended by itself; starting it again", file.serverPid());
          Ports ports = new Ports(port("grpc://" + file.address()), port(file.ui()));
          ServerFile fresh = startServer(workspace, temporal.get(), ports);
          file =
              new ServerFile(
                  fresh.address(),
                  fresh.namespace(),
                  fresh.ui(),
                  now.get().metrics(),
                  fresh.serverPid(),
                  now.get().ownerPid());
          file.write(workspace);
          return true;
        });
  }

  private static int port(String uri) {
    return URI.create(uri).getPort();
  }

  /** Leaves the server, and stops it where nobody else uses it. */
  @Override
  public synchronized void close() throws IOException, CommandFailure {
    if (closed) {
      return;
    }
    closed = true;
    ServerLocks.exclusively(
        workspace,
        () -> {
          if (ServerLocks.leave(workspace)) {
            stopServer(workspace, file);
          }
          return null;
        });
  }

  /**
   * Ends the workspace's server whoever uses it, after its owner has had its chance.
   *
   * @return whether there was one
   */
  static boolean stop(Path workspace) throws IOException, CommandFailure {
    Optional<ServerFile> file = ServerFile.read(workspace);
    if (file.isEmpty()) {
      return false;
    }
    // The owner closes its worker first, and then the server if it is the last one here.
    owner(file.get()).ifPresent(owner -> end(owner, STOP_DEADLINE.multipliedBy(2)));
    return ServerLocks.exclusively(
        workspace,
        () -> {
          Optional<ServerFile> left = ServerFile.read(workspace);
          if (left.isPresent()) {
            stopServer(workspace, left.get());
          }
          return true;
        });
  }

  /** The command that owns the server, if it is alive and really one of ours. */
  static Optional<ProcessHandle> owner(ServerFile file) {
    return ProcessHandle.of(file.ownerPid())
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .filter(ProcessHandle::isAlive)
        .filter(process -> commandLine(process).contains(SpeechrateCommand.class.getName()));
  }

  private static Optional<ServerFile> answering(Path workspace) throws IOException, CommandFailure {
    Optional<ServerFile> file = ServerFile.read(workspace);
    if (file.isEmpty()) {
      return file;
    }
    Optional<ProcessHandle> process = serverProcess(workspace, file.get());
    if (process.isEmpty()) {
      log.info("server {} is gone, its file was left behind", file.get().serverPid());
      ServerFile.delete(workspace);
      return Optional.empty();
    }
    if (!becomesHealthy(file.get(), process.get(), Instant.now().plus(START_DEADLINE))) {
      throw CommandFailure.failed(
          String.format(
              "the workspace's Temporal server (process %d) does not answer at %s;"
                  + " `speechrate down` ends it",
              file.get().serverPid(), file.get().address()));
    }
    return file;
  }

  private static ServerFile startServer(Path workspace, Path temporal, Ports wanted)
      throws IOException, CommandFailure {
    Path logFile = workspace.resolve("data/logs/server.log");
    Files.createDirectories(logFile.getParent());
    for (int attempt = 1; ; attempt++) {
      long logStart = Files.exists(logFile) ? Files.size(logFile) : 0;
      Ports ports =
          new Ports(
              wanted.grpc() == 0 ? PortOption.free() : wanted.grpc(),
              wanted.ui() == 0 ? PortOption.free() : wanted.ui());
      Process process = launch(workspace, temporal, ports, logFile);
      ServerFile file =
          new ServerFile(
              "127.0.0.1:" + ports.grpc(),
              NAMESPACE,
              "http://127.0.0.1:" + ports.ui(),
              "",
              process.pid(),
              ProcessHandle.current().pid());
      // Written before it is healthy: killed now, the next command finds the server by this.
      file.write(workspace);
      if (becomesHealthy(file, process.toHandle(), Instant.now().plus(START_DEADLINE))) {
        keepRuns(file);
        log.info("Temporal server {} at {}, UI {}", process.pid(), file.address(), file.ui());
        return file;
      }
      end(process.toHandle(), STOP_DEADLINE);
      ServerFile.delete(workspace);
      String said = newest(logFile, logStart);
      if (attempt < PORT_TRIES && said.contains("address already in use") && wanted.grpc() == 0) {
        continue;
      }
      throw CommandFailure.failed(
          "the Temporal server did not start: " + said + " (" + logFile + ")");
    }
  }

  private static Process launch(Path workspace, Path temporal, Ports ports, Path logFile)
      throws IOException {
    // A session of its own: Ctrl-C in the terminal must reach the worker first, then the server.
    List<String> command =
        DetachedProcess.command(
            List.of(
                temporal.toString(),
                "server",
                "start-dev",
                "--ip",
                "127.0.0.1",
                "--port",
                Integer.toString(ports.grpc()),
                "--ui-port",
                Integer.toString(ports.ui()),
                "--db-filename",
                database(workspace),
                "--log-level",
                "warn",
                "--log-format",
                "text"));
    for (SearchAttributeKey<?> key : SearchAttributes.ALL) {
      command.add("--search-attribute");
      command.add(key.getName() + "=" + WorkerAssembly.typeWord(key));
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
    // Another server's address in the environment is none of this one's business.
    builder.environment().keySet().removeIf(name -> name.startsWith("TEMPORAL_"));
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  private static String database(Path workspace) {
    return workspace.resolve("data/temporal.db").toString();
  }

  private static boolean becomesHealthy(ServerFile file, ProcessHandle process, Instant deadline) {
    WorkflowServiceStubs stubs =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(file.address()).build());
    try {
      while (process.isAlive()) {
        if (isHealthy(stubs) && uiAnswers(file)) {
          return true;
        }
        if (Instant.now().isAfter(deadline)) {
          return false;
        }
        TimeUnit.MILLISECONDS.sleep(PROBE_PAUSE_MILLIS);
      }
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      stubs.shutdownNow();
    }
  }

  private static boolean isHealthy(WorkflowServiceStubs stubs) {
    try {
      stubs
          .blockingStub()
          .withDeadlineAfter(PROBE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
          .describeNamespace(DescribeNamespaceRequest.newBuilder().setNamespace(NAMESPACE).build());
      return true;
    } catch (StatusRuntimeException e) {
      log.trace("not healthy yet", e);
      return false;
    }
  }

  private static boolean uiAnswers(ServerFile file) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection) URI.create(file.ui()).toURL().openConnection();
      connection.setConnectTimeout((int) PROBE_DEADLINE.toMillis());
      connection.setReadTimeout((int) PROBE_DEADLINE.toMillis());
      connection.setInstanceFollowRedirects(false);
      int status = connection.getResponseCode();
      connection.disconnect();
      return status < HttpURLConnection.HTTP_BAD_REQUEST;
    } catch (IOException e) {
      log.trace("the UI does not answer yet", e);
      return false;
    }
  }

  private static void keepRuns(ServerFile file) {
    WorkflowServiceStubs stubs =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(file.address()).build());
    try {
      stubs
          .blockingStub()
          .updateNamespace(
              UpdateNamespaceRequest.newBuilder()
                  .setNamespace(NAMESPACE)
                  .setConfig(
                      NamespaceConfig.newBuilder()
                          .setWorkflowExecutionRetentionTtl(
                              Durations.fromMillis(RETENTION.toMillis())))
                  .build());
    } finally {
      stubs.shutdownNow();
    }
  }

  /** The process of the file, if it is alive and really this workspace's server. */
  private static Optional<ProcessHandle> serverProcess(Path workspace, ServerFile file) {
    return ProcessHandle.of(file.serverPid())
        .filter(ProcessHandle::isAlive)
        .filter(
            process -> {
              String command = commandLine(process);
              return command.contains("start-dev") && command.contains(database(workspace));
            });
  }

  /** Empty where the system does not tell, as for another user's process. */
  static String commandLine(ProcessHandle process) {
    return process
        .info()
        .commandLine()
        .or(() -> process.info().arguments().map(words -> String.join(" ", words)))
        .orElse("");
  }

  private static void stopServer(Path workspace, ServerFile file) throws IOException {
    serverProcess(workspace, file).ifPresent(process -> end(process, STOP_DEADLINE));
    ServerFile.delete(workspace);
  }

  private static void end(ProcessHandle process, Duration grace) {
    process.destroy();
    try {
      if (!exited(process, grace)) {
        log.warn("process {} did not end within {}; killed", process.pid(), grace);
        process.destroyForcibly();
        exited(process, grace);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean exited(ProcessHandle process, Duration atMost)
      throws InterruptedException {
    try {
      process.onExit().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot wait for process " + process.pid(), e);
    }
  }

  private static ServerFile withOwner(ServerFile file, long owner) {
    return new ServerFile(
        file.address(), file.namespace(), file.ui(), file.metrics(), file.serverPid(), owner);
  }

  private static String newest(Path logFile, long from) throws IOException {
    byte[] all = Files.readAllBytes(logFile);
    String text =
        new String(
            all,
            (int) Math.min(from, all.length),
            all.length - (int) Math.min(from, all.length),
            java.nio.charset.StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>(text.lines().filter(line -> !line.isBlank()).toList());
    List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size());
    return last.isEmpty() ? "it said nothing" : String.join(" | ", last);
  }
}
