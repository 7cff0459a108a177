package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Options of commands that start a worker. */
final class WorkerArguments {
  @Option(
      names = "--allow-read",
      paramLabel = "PATH",
      description =
          "Folder outside the workspace that runs may read; may be given again. Only the worker's"
              + " owner can say so, a run cannot.")
  private List<Path> allowRead = new ArrayList<>();

  @Option(
      names = "--metrics-port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Port of the worker's metrics for Prometheus (default: a free one).")
  private int metricsPort;

  List<Path> allowRead() {
    return List.copyOf(allowRead);
  }

  int metricsPort() throws CommandFailure {
    return PortOption.inRange("--metrics-port", metricsPort);
  }
}
