package org.speechrate.deploy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.Workspace;
import picocli.CommandLine.Option;

/** Options of commands that start a worker. */
final class WorkerArguments {
  private static final String LOOPBACK = "127.0.0.1";

  @Option(
      names = "--allow-read",
      paramLabel = "PATH",
      description =
          "Folder outside the workspace that runs may read; may be given again. Only the worker's"
              + " owner can say so, a run cannot.")
  private List<Path> allowRead = new ArrayList<>();

  @Option(
      names = "--allow-write",
      paramLabel = "PATH",
      description =
          "Folder outside the workspace where publishing.alsoWrite may write; may be given again."
              + " Only the worker's owner can say so, a run cannot.")
  private List<Path> allowWrite = new ArrayList<>();

  @Option(
      names = "--allow-host",
      paramLabel = "HOST[:PORT]",
      description =
          "Host beside this machine that runs may read from, such as a ChromaDB server's; may be"
              + " given again. Only the worker's owner can say so, a run cannot.")
  private List<String> allowHost = new ArrayList<>();

  @Option(
      names = "--metrics-port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Port of the worker's metrics for Prometheus (default: a free one).")
  private int metricsPort;

  @Option(
      names = "--metrics-host",
      paramLabel = "HOST",
      defaultValue = LOOPBACK,
      description =
          "Address that the metrics listen on (default: ${DEFAULT-VALUE}, this machine only); 0.0.0.0"
              + " for all: whoever reaches it can read names of models, not data.")
  private String metricsHost;

  /** The workspace, with what the worker may read and write outside it. */
  Workspace open(Path root) throws IOException, CommandFailure {
    return Backend.workspace(root, allowRead, allowWrite);
  }

  AllowedHosts hosts() throws CommandFailure {
    return hosts(allowHost);
  }

  static AllowedHosts hosts(List<String> allowHost) throws CommandFailure {
    try {
      return AllowedHosts.of(allowHost);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.wrongInput("--allow-host " + e.getMessage(), e);
    }
  }

  /** What the worker may do beyond its workspace, as options. */
  List<String> allowances() throws IOException {
    List<String> options = new ArrayList<>();
    for (Path path : allowRead) {
      options.addAll(List.of("--allow-read", path.toRealPath().toString()));
    }
    for (Path path : allowWrite) {
      options.addAll(List.of("--allow-write", path.toRealPath().toString()));
    }
    for (String host : allowHost) {
      options.addAll(List.of("--allow-host", host));
    }
    return options;
  }

  InetSocketAddress metrics() throws CommandFailure {
    int port = PortOption.inRange("--metrics-port", metricsPort);
    InetSocketAddress address = new InetSocketAddress(metricsHost, port);
    if (address.isUnresolved()) {
      throw CommandFailure.wrongInput(
          String.format(
              "--metrics-host: nobody knows an address of \"%s\"; use one of this machine's, or"
                  + " 0.0.0.0 for all",
              Words.line(metricsHost)));
    }
    return address;
  }

  /** Where the metrics listen, as options; nothing where it was not said. */
  List<String> metricsOptions() throws CommandFailure {
    metrics();
    List<String> options = new ArrayList<>();
    if (metricsPort != 0) {
      options.addAll(List.of("--metrics-port", Integer.toString(metricsPort)));
    }
    if (!metricsHost.equals(LOOPBACK)) {
      options.addAll(List.of("--metrics-host", metricsHost));
    }
    return options;
  }

  /**
   * @param served the queues that the command has started a worker for
   */
  void tellWhereUnused(Set<String> served, Terminal terminal) throws IOException {
    if (served.size() < WorkerAssembly.QUEUES.size() && !allowances().isEmpty()) {
      terminal.say(
          "note: a worker runs already, and what it may read was said when it was started;"
              + " --allow-read, --allow-write and --allow-host of this command do not change that");
    }
  }
}
