package org.speechrate.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/**
 * The hosts that a run's URLs may name: this machine's loopback, and what the worker's owner
 * allowed. Compared as text: a name is allowed by its name, wherever it resolves to.
 */
public final class AllowedHosts {
  /** This machine alone. */
  public static final AllowedHosts LOOPBACK = new AllowedHosts(List.of());

  private static final Pattern LOOPBACK_HOST =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

  private static final int ANY_PORT = -1;

  private final List<Allowed> allowed;

  private record Allowed(String host, int port) {}

  private AllowedHosts(List<Allowed> allowed) {
    this.allowed = allowed;
  }

  /**
   * @param hosts each {@code HOST} or {@code HOST:PORT}, beside the loopback
   * @throws IllegalArgumentException if one is neither, with a message for the user
   */
  public static AllowedHosts of(List<String> hosts) {
    List<Allowed> allowed = new ArrayList<>();
    for (String each : hosts) {
      try {
        URI uri = new URI("http://" + each);
        if (uri.getHost() != null && each.equals(uri.getRawAuthority()) && noUser(uri)) {
          allowed.add(new Allowed(uri.getHost().toLowerCase(Locale.ROOT), uri.getPort()));
          continue;
        }
      } catch (URISyntaxException e) {
        // Refused below, as is what parses to something else.
      }
      throw new IllegalArgumentException("must be HOST or HOST:PORT, got " + Problems.value(each));
    }
    return new AllowedHosts(List.copyOf(allowed));
  }

  private static boolean noUser(URI uri) {
    return uri.getRawUserInfo() == null;
  }

  /**
   * @param field that holds the URL
   * @param url http or https, without user and password
   * @throws Refusal if its host is not allowed
   */
  public URI require(String field, String url) {
    URI uri = URI.create(url);
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    int standard = "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    int port = uri.getPort() == ANY_PORT ? standard : uri.getPort();
    if (LOOPBACK_HOST.matcher(host).matches()
        || allowed.stream()
            .anyMatch(
                each ->
                    each.host().equals(host) && (each.port() == ANY_PORT || each.port() == port))) {
      return uri;
    }
    throw new Refusal(
        Refusal.Kind.HOST_NOT_ALLOWED,
        String.format(
            "%s: %s:%d is not this machine; the worker's owner can allow it with --allow-host"
                + " %s:%d",
            field, host, port, host, port));
  }
}
