package org.speechrate.deploy;

import com.uber.m3.tally.Scope;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.envconfig.ClientConfigProfile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.client.RunClient;
import org.speechrate.client.ServerFile;
import org.speechrate.pipeline.TrainWorkflow;
import org.speechrate.run.Notifier;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.Workspace;

/** The Temporal and the workers that a command needs: what is there is used, the rest started. */
final class Backend {
  private static final Logger log = LoggerFactory.getLogger(Backend.class);

  private final Lifetime lifetime;
  private final Terminal terminal;
  private final Workspace workspace;
  private final Tools tools;
  private final Optional<ClientConfigProfile> explicit;
  private final Optional<DevServer> devServer;

  private Backend(
      Lifetime lifetime,
      Terminal terminal,
      Workspace workspace,
      Tools tools,
      Optional<ClientConfigProfile> explicit,
      Optional<DevServer> devServer) {
    this.lifetime = lifetime;
    this.terminal = terminal;
    this.workspace = workspace;
    this.tools = tools;
    this.explicit = explicit;
    this.devServer = devServer;
  }

  /**
   * Finds or starts Temporal.
   *
   * @param lifetime that ends what was started here
   * @param own whether a dev server belongs to this process from now on
   */
  static Backend open(
      Lifetime lifetime,
      Terminal terminal,
      Tools tools,
      Workspace workspace,
      DevServer.Ports ports,
      boolean own)
      throws IOException, CommandFailure {
    Optional<ClientConfigProfile> explicit = TemporalLink.explicit();
    Optional<DevServer> devServer = Optional.empty();
    if (explicit.isEmpty()) {
      DevServer server =
          lifetime.add(DevServer.open(workspace.root(), tools::temporal, ports, own));
      devServer = Optional.of(server);
      terminal.say(
          String.format(
              "Temporal: %s at %s, UI %s",
              server.started() ? "started" : "running already",
              server.file().address(),
              server.file().ui()));
    } else {
      terminal.say("Temporal: " + explicit.get().getAddress() + ", as the environment says");
    }
    return new Backend(lifetime, terminal, workspace, tools, explicit, devServer);
  }

  /** The folder as a workspace; a path that is not there is the user's mistake. */
  static Workspace workspace(Path root, List<Path> allowRead) throws IOException, CommandFailure {
    return workspace(root, allowRead, List.of());
  }

  static Workspace workspace(Path root, List<Path> allowRead, List<Path> allowWrite)
      throws IOException, CommandFailure {
    try {
      return Workspace.open(root, allowRead, allowWrite);
    } catch (NoSuchFileException e) {
      throw CommandFailure.wrongInput("no such folder: " + e.getFile(), e);
    }
  }

  /** The Temporal of the workspace if one runs already, for commands that only look. */
  static Optional<TemporalLink> running(Path workspace) throws IOException, CommandFailure {
    Optional<ClientConfigProfile> explicit = TemporalLink.explicit();
    if (explicit.isPresent()) {
      return Optional.of(TemporalLink.to(explicit.get(), Optional.empty(), false).connected());
    }
    Optional<ServerFile> server = DevServer.running(workspace);
    return server.isPresent()
        ? Optional.of(TemporalLink.to(server.get(), Optional.empty(), false).connected())
        : Optional.empty();
  }

  /** Whether there is no server to ask. */
  static boolean isOff(Path workspace) throws IOException, CommandFailure {
    return TemporalLink.explicit().isEmpty() && DevServer.running(workspace).isEmpty();
  }

  TemporalLink link() throws CommandFailure {
    return lifetime.add(newLink(Optional.empty(), false).connected());
  }

  private TemporalLink newLink(Optional<Scope> metrics, boolean forOneRun) {
    return explicit.isPresent()
        ? TemporalLink.to(explicit.get(), metrics, forOneRun)
        : TemporalLink.to(devServer.orElseThrow().file(), metrics, forOneRun);
  }

  Optional<DevServer> devServer() {
    return devServer;
  }

  /** The queues that no staying worker takes tasks from. */
  Set<String> unserved(TemporalLink link) {
    Set<String> queues = new LinkedHashSet<>();
    if (!link.isPolled(TrainWorkflow.TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, false)) {
      queues.add(TrainWorkflow.TASK_QUEUE);
    }
    // A worker that trains asks for no second training, and is there all the same.
    boolean trains =
        queues.isEmpty()
            && new RunClient(link.client(), workspace.id()).otherTraining("").isPresent();
    if (!trains
        && !link.isPolled(
            TrainWorkflow.GPU_TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY, false)) {
      queues.add(TrainWorkflow.GPU_TASK_QUEUE);
    }
    return queues;
  }

  /**
   * Starts a worker in this process.
   *
   * @param hosts that runs may read from
   * @param notifier that tells the worker's owner of runs
   * @param metricsAddress port 0 for a free one
   * @param forOneRun whether it leaves when this command's run has ended
   */
  void startWorker(
      Set<String> queues,
      AllowedHosts hosts,
      Notifier notifier,
      InetSocketAddress metricsAddress,
      boolean forOneRun)
      throws IOException, CommandFailure {
    // First, so that a machine that cannot train says so before it takes a task.
    String engine =
        queues.contains(TrainWorkflow.GPU_TASK_QUEUE) ? EngineCheck.describe() : "no training";
    MetricsEndpoint metrics = lifetime.add(metrics(metricsAddress));
    Scope scope = WorkerAssembly.metricsScope(metrics.registry());
    lifetime.add(scope);
    TemporalLink link =
        lifetime.add(newLink(Optional.of(scope), forOneRun).connectedPatiently(terminal));
    WorkerAssembly worker =
        lifetime.add(
            WorkerAssembly.start(link, workspace, hosts, notifier, queues, metrics.registry()));
    metrics.readiness(worker::notReady);
    if (devServer.isPresent() && (!forOneRun || devServer.get().started())) {
      devServer.get().publishMetrics(metrics.address());
    }
    String line =
        String.format(
            "Worker: queues %s; workspace %s; %s; metrics %s",
            String.join(", ", queues), workspace.root(), engine, metrics.address());
    terminal.say(line);
    log.debug("{}", line);
  }

  private static MetricsEndpoint metrics(InetSocketAddress address)
      throws IOException, CommandFailure {
    try {
      return new MetricsEndpoint(address);
    } catch (java.net.SocketException e) {
      throw CommandFailure.missing(
          String.format(
              "metrics cannot be served at %s port %d: %s; --metrics-host names an address of this"
                  + " machine, --metrics-port one that is free",
              address.getHostString(),
              address.getPort(),
              Words.line(String.valueOf(e.getMessage()))));
    }
  }

  /** Stays until this process is told to stop, or the server was stopped by {@code down}. */
  void stay() throws IOException, CommandFailure, InterruptedException {
    java.time.Duration look = java.time.Duration.ofHours(1);
    if (devServer.isEmpty()) {
      Thread.currentThread().join();
    }
    DevServer server = devServer.orElseThrow();
    while (true) {
      if (server.awaitExit(look)) {
        if (Lifetime.processEnds()) {
          Thread.currentThread().join();
        }
        if (!server.revive(tools::temporal)) {
          terminal.say("the server was stopped; leaving");
          return;
        }
      }
    }
  }
}
