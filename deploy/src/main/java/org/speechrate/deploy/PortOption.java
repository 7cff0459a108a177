package org.speechrate.deploy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** What is checked of a port that the user wants; 0 stands for a free one. */
final class PortOption {
  private static final int LARGEST = 65_535;

  private PortOption() {}

  static int inRange(String option, int port) throws CommandFailure {
    if (port < 0 || port > LARGEST) {
      throw CommandFailure.wrongInput(
          String.format("%s must be from 0 to %d, got %d", option, LARGEST, port));
    }
    return port;
  }

  static void requireFree(String option, int port) throws CommandFailure {
    if (port == 0) {
      return;
    }
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      socket.setReuseAddress(true);
    } catch (IOException e) {
      throw notUsable(option, port, e);
    }
  }

  /** A port that nobody listens on just now. */
  static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static CommandFailure notUsable(String option, int port, IOException cause) {
    String why = Words.line(String.valueOf(cause.getMessage()));
    return CommandFailure.missing(
        String.format(
            "%s %d cannot be used: %s; choose another, or leave it out for a free one",
            option,
            port,
            why.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + why.substring(1)));
  }
}
