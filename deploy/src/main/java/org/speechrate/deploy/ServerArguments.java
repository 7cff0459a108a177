package org.speechrate.deploy;

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

  DevServer.Ports ports() throws CommandFailure {
    PortOption.inRange("--port", port);
    PortOption.inRange("--ui-port", uiPort);
    if (port != 0 && port == uiPort) {
      throw CommandFailure.wrongInput("--port and --ui-port must be two ports, got " + port);
    }
    return new DevServer.Ports(port, uiPort);
  }
}
