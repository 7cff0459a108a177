package org.speechrate.store;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** This machine, as manifests and provenance name it. */
public final class Host {
  private Host() {}

  /** "unknown" where the name does not resolve, as in some containers. */
  public static String name() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }
}
