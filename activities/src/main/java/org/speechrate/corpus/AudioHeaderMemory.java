package org.speechrate.corpus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;

/**
 * Headers by (path, size, modification time, inode): those of a stage that is under way, so that
 * its next attempt does not read them again, and for ever those that cost a walk through the audio.
 */
final class AudioHeaderMemory {
  /** A corpus that takes less is read again sooner than written down. */
  private static final Duration SAVE_INTERVAL = Duration.ofSeconds(5);

  /** Of the time that a stage takes: on a slow disk, saving waits longer. */
  private static final int MOST_SHARE = 20;

  private final Path file;
  private final Map<String, Known> known = new TreeMap<>();

  /** Not yet among the known: most are forgotten before anything is saved. */
  private final Map<String, Fresh> fresh = new HashMap<>();

  private boolean changed;
  private final LongSupplier clock;
  private long nextSaveNanos;

  /** What identified a file when its header was read. */
  record Known(long bytes, String modified, String inode, AudioHeader header) {
    static Known of(BasicFileAttributes file, AudioHeader header) {
      return new Known(
          file.size(), file.lastModifiedTime().toString(), String.valueOf(file.fileKey()), header);
    }
  }

  private record Fresh(BasicFileAttributes file, AudioHeader header) {}

  /** All of it, in a file. */
  record Saved(Map<String, Known> files) {}

  /**
   * @param file may be absent, and a damaged one is only forgotten
   */
  AudioHeaderMemory(Path file) {
    this(file, System::nanoTime);
  }

  /**
   * @param clock in nanoseconds
   */
  AudioHeaderMemory(Path file, LongSupplier clock) {
    this.file = file;
    this.clock = clock;
    this.nextSaveNanos = clock.getAsLong() + SAVE_INTERVAL.toNanos();
    if (Files.exists(file)) {
      try {
        known.putAll(Json.read(Files.readAllBytes(file), Saved.class).files());
        known.values().removeIf(each -> each == null || each.header() == null);
      } catch (IOException | RuntimeException e) {
        known.clear();
      }
    }
  }

  synchronized Optional<AudioHeader> of(Path audio, BasicFileAttributes now) {
    String name = audio.toString();
    Fresh newest = fresh.get(name);
    Known before = newest == null ? known.get(name) : Known.of(newest.file(), newest.header());
    return before != null && before.equals(Known.of(now, before.header()))
        ? Optional.of(before.header())
        : Optional.empty();
  }

  synchronized void remember(Path audio, BasicFileAttributes then, AudioHeader header) {
    fresh.put(audio.toString(), new Fresh(then, header));
    changed = true;
  }

  /** Now and then, so that what is lost with the process took seconds. */
  synchronized void saveWhereDue() throws IOException {
    long now = clock.getAsLong();
    if (changed && now - nextSaveNanos >= 0) {
      save();
      long took = clock.getAsLong() - now;
      nextSaveNanos = now + Math.max(SAVE_INTERVAL.toNanos(), MOST_SHARE * took);
    }
  }

  /** Once the stage's output is there, what one read tells is not worth keeping. */
  synchronized void forgetCheap() throws IOException {
    fresh.values().removeIf(each -> !each.header().counted());
    changed = !fresh.isEmpty();
    changed |= known.values().removeIf(each -> !each.header().counted());
    if (known.isEmpty() && fresh.isEmpty()) {
      Files.deleteIfExists(file);
    } else if (changed) {
      save();
    }
  }

  private void save() throws IOException {
    fresh.forEach((name, each) -> known.put(name, Known.of(each.file(), each.header())));
    fresh.clear();
    Durable.write(file, Json.write(new Saved(known)));
    changed = false;
  }
}
