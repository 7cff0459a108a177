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

  DevServer.Ports ports() {
    return new DevServer.Ports(port, uiPort);
  }
}
