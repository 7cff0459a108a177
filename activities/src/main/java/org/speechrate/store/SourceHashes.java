package org.speechrate.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hashes of the users' files, those of large ones remembered by (path, size, modification time,
 * inode), so that a night without new data reads no large file twice.
 */
public final class SourceHashes {
  private static final int BUFFER_BYTES = 1 << 20;

  /** Smaller files are hashed in a millisecond or two, which a memory for each would not beat. */
  static final int SMALLEST_REMEMBERED_BYTES = 1 << 20;

  private final Path cache;
  private final int smallestRemembered;
  private final StageTimings timings;
  private final Map<String, Known> known = new TreeMap<>();
  private boolean unsaved;

  /** What identified a file when its hash was taken. */
  record Known(long bytes, String modified, String inode, String sha256) {}

  /** Remembered in a file, all of it. */
  record Cache(Map<String, Known> files) {}

  /**
   * @param cache file that remembers the hashes; may be absent, and a damaged one is only forgotten
   */
  public SourceHashes(Path cache) {
    this(cache, StageTimings.NONE);
  }

  /** The same, telling what it spends. */
  public SourceHashes(Path cache, StageTimings timings) {
    this(cache, SMALLEST_REMEMBERED_BYTES, timings);
  }

  /**
   * Of many files of any size, by several threads: new hashes are kept in memory until {@link
   * #save}.
   */
  public static SourceHashes ofMany(Path cache) {
    return new SourceHashes(cache, 0, StageTimings.NONE);
  }

  private SourceHashes(Path cache, int smallestRemembered, StageTimings timings) {
    this.cache = cache;
    this.smallestRemembered = smallestRemembered;
    this.timings = timings;
    if (Files.exists(cache)) {
      try {
        known.putAll(Json.read(Files.readAllBytes(cache), Cache.class).files());
      } catch (IOException | RuntimeException e) {
        known.clear();
      }
    }
  }

  /** 64 hex digits. */
  public String sha256(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    return now.size() < smallestRemembered ? timedHash(file) : remembered(file, now);
  }

  private String timedHash(Path file) throws IOException {
    return timings.time(StageTimings.Part.HASHING, () -> hash(file));
  }

  /** Takes over a hash that was just made of a file that nobody else writes. */
  synchronized void remember(Map<Path, String> hashes) throws IOException {
    for (Map.Entry<Path, String> each : hashes.entrySet()) {
      BasicFileAttributes now = Files.readAttributes(each.getKey(), BasicFileAttributes.class);
      if (now.size() >= SMALLEST_REMEMBERED_BYTES) {
        known.put(name(each.getKey()), known(now, each.getValue()));
        unsaved = true;
      }
    }
    save();
  }

  private String remembered(Path file, BasicFileAttributes now) throws IOException {
    String name = name(file);
    synchronized (this) {
      Known before = known.get(name);
      if (before != null && before.equals(known(now, before.sha256()))) {
        return before.sha256();
      }
    }
    String sha256 = timedHash(file);
    synchronized (this) {
      known.put(name, known(now, sha256));
      unsaved = true;
      if (smallestRemembered > 0) {
        save();
      }
    }
    return sha256;
  }

  private static String name(Path file) {
    return file.toAbsolutePath().toString();
  }

  private static Known known(BasicFileAttributes file, String sha256) {
    return new Known(
        file.size(), file.lastModifiedTime().toString(), String.valueOf(file.fileKey()), sha256);
  }

  /** The sha256 of a file's bytes, read now. */
  public static String hash(Path file) throws IOException {
    MessageDigest digest = Json.sha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      while (in.read(buffer) >= 0) {
        // The digest reads along.
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Writes down what is new. */
  public synchronized void save() throws IOException {
    if (!unsaved) {
      return;
    }
    timings.time(
        StageTimings.Part.FSYNC,
        () -> {
          Durable.write(cache, Json.write(new Cache(known)));
          return null;
        });
    unsaved = false;
  }

  /** One hash of many, in their order. */
  public static String combine(String... parts) {
    return Json.sha256(Arrays.asList(parts));
  }
}
