package org.speechrate.deploy;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Options of commands that may start the dev server. */
final class ServerArguments {
  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Port of the Temporal server that is started (default: a free one).")
  private int port;

  @Option(
      names = "--ui-port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Port of its UI (default: a free one).")
  private int uiPort;

  /** These, as options again, where they were given. */
  List<String> options() throws CommandFailure {
    DevServer.Ports ports = ports();
    List<String> options = new ArrayList<>();
    if (ports.grpc() != 0) {
      options.addAll(List.of("--port", Integer.toString(ports.grpc())));
    }
    if (ports.ui() != 0) {
      options.addAll(List.of("--ui-port", Integer.toString(ports.ui())));
    }
    return options;
  }

  DevServer.Ports ports() throws CommandFailure {
    PortOption.inRange("--port", port);
    PortOption.inRange("--ui-port", uiPort);
    if (port != 0 && port == uiPort) {
      throw CommandFailure.wrongInput("--port and --ui-port must be two ports, got " + port);
    }
    return new DevServer.Ports(port, uiPort);
  }
}
