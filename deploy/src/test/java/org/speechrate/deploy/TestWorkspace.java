package org.speechrate.deploy;

import com.uber.m3.tally.Scope;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.speechrate.client.RunClient;
import org.speechrate.client.ServerFile;
import org.speechrate.run.Notifier;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.Workspace;

/**
 * A workspace of a test's own, with the bundled sample, a real dev server on free ports and, where
 * wanted, a worker in this process. Closing it ends all that and removes the folder.
 */
public final class TestWorkspace implements AutoCloseable {
  private final Path root;
  private final Workspace workspace;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private DevServer server;

  private TestWorkspace(Path root, List<Path> allowRead) throws IOException {
    this.root = root;
    this.workspace = Workspace.open(root, allowRead);
  }

  /** The folder alone. */
  public static TestWorkspace empty(List<Path> allowRead) throws IOException {
    return new TestWorkspace(Files.createTempDirectory("speechrate-test").toRealPath(), allowRead);
  }

  /** The folder with {@code data/sample}. */
  public static TestWorkspace withSample(List<Path> allowRead) throws IOException {
    TestWorkspace test = empty(allowRead);
    Sample.copy(Tools.repository().resolve("data/sample"), test.root.resolve("data/sample"));
    return test;
  }

  /** With sample, server and a worker on both queues. */
  public static TestWorkspace running() throws Exception {
    TestWorkspace test = withSample(List.of());
    try {
      test.startServer();
      test.startWorker();
      return test;
    } catch (Exception e) {
      test.close();
      throw e;
    }
  }

  /** The Temporal CLI; one that is missing fails the test, and is never skipped. */
  static Path temporal() throws CommandFailure {
    return new Tools(Tools.repository(), line -> {}).temporal();
  }

  public ServerFile startServer() throws Exception {
    if (server != null) {
      // Was ended by `down`; as long as it counts as used, the next one would outlive the test.
      open.remove(server);
      server.close();
    }
    server = DevServer.open(root, TestWorkspace::temporal, DevServer.Ports.FREE, true);
    open.push(server);
    return server.file();
  }

  /**
   * Starts a worker on both queues.
   *
   * @return it, for tests that close it early
   */
  public WorkerAssembly startWorker() throws Exception {
    return startWorker(new LinkedHashSet<>(WorkerAssembly.QUEUES));
  }

  /** Starts a worker on some of the queues. */
  WorkerAssembly startWorker(Set<String> queues) throws Exception {
    MetricsEndpoint metrics = new MetricsEndpoint(MetricsEndpoint.ANYWHERE);
    open.push(metrics);
    Scope scope = WorkerAssembly.metricsScope(metrics.registry());
    open.push(scope);
    TemporalLink link = TemporalLink.to(server.file(), Optional.of(scope), false);
    open.push(link);
    WorkerAssembly worker =
        WorkerAssembly.start(
            link, workspace, AllowedHosts.LOOPBACK, Notifier.NOBODY, queues, metrics.registry());
    open.push(worker);
    metrics.readiness(worker::notReady);
    server.publishMetrics(metrics.address());
    return worker;
  }

  /** A connection that lives as long as this workspace. */
  public RunClient client() {
    TemporalLink link = TemporalLink.to(server.file(), Optional.empty(), false);
    open.push(link);
    return new RunClient(link.client(), workspace.id());
  }

  WorkflowServiceStubs stubs() {
    return client().temporal().getWorkflowServiceStubs();
  }

  public ServerFile server() {
    return server.file();
  }

  public Path root() {
    return root;
  }

  public Workspace workspace() {
    return workspace;
  }

  @Override
  public void close() throws IOException {
    IOException failed = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        failed = new IOException("could not end what the test started", e);
      }
    }
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
