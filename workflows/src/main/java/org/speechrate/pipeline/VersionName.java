package org.speechrate.pipeline;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;

/** Names of published versions: the same for each attempt of a run, another for each run. */
public final class VersionName {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int IDENTITY_BYTES = 4;

  private VersionName() {}

  /** UTC start of the run and 8 hex digits of its id and its training's key. */
  public static String of(String runId, Instant started, Artifact training) {
    try {
      byte[] identity =
          MessageDigest.getInstance("SHA-256")
              .digest((runId + " " + training.uri()).getBytes(StandardCharsets.UTF_8));
      return TIME.format(started) + "-" + HexFormat.of().formatHex(identity, 0, IDENTITY_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
