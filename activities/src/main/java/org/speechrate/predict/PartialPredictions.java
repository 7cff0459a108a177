package org.speechrate.predict;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;

/**
 * Predictions so far, of which a next attempt takes over what is on disk: {@code <attempt>.f32}
 * (float32, big endian) and {@code <attempt>.json}, which tells how many count. Each attempt has
 * files of its own, so that one that was taken for dead does no harm.
 */
final class PartialPredictions implements Closeable {
  private static final String VALUES = ".f32";
  private static final String DONE = ".json";

  private final String key;
  private final Duration betweenCheckpoints;
  private final Path values;
  private final Path done;
  private final FileChannel channel;
  private final StageMonitor monitor;
  private long rows;
  private long checkpointedNanos = System.nanoTime();

  /**
   * @param key of what is predicted
   * @param rows that are on disk
   */
  record Done(String key, long rows) {}

  /**
   * @param folder of the run, which is deleted when the run has ended
   * @param key of what is predicted
   */
  PartialPredictions(Path folder, String key, Duration betweenCheckpoints, StageMonitor monitor)
      throws IOException {
    Files.createDirectories(folder);
    String attempt = "predict-" + UUID.randomUUID();
    this.key = key;
    this.betweenCheckpoints = betweenCheckpoints;
    this.monitor = monitor;
    values = folder.resolve(attempt + VALUES);
    done = folder.resolve(attempt + DONE);
    channel = FileChannel.open(values, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      Optional<Path> earlier = monitor.earlierCheckpoint();
      if (earlier.isPresent()) {
        takeOver(earlier.get());
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** What cannot be read any more is predicted again. */
  private void takeOver(Path earlier) throws IOException {
    String name = earlier.getFileName().toString();
    if (!name.endsWith(DONE)) {
      return;
    }
    Path file = earlier.resolveSibling(name.substring(0, name.length() - DONE.length()) + VALUES);
    try (FileChannel from = FileChannel.open(file)) {
      Done before = Json.read(Files.readAllBytes(earlier), Done.class);
      long bytes = before.rows() * Float.BYTES;
      if (key.equals(before.key()) && bytes <= from.size()) {
        long copied = 0;
        while (copied < bytes) {
          copied += from.transferTo(copied, bytes - copied, channel);
        }
        rows = before.rows();
      }
    } catch (JsonProcessingException | NoSuchFileException e) {
      channel.truncate(0);
    }
  }

  long rows() {
    return rows;
  }

  void append(float[] cps) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(cps.length * Float.BYTES);
    bytes.asFloatBuffer().put(cps);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    rows += cps.length;
    if (System.nanoTime() - checkpointedNanos >= betweenCheckpoints.toNanos()) {
      checkpoint();
    }
  }

  private void checkpoint() throws IOException {
    channel.force(false);
    Durable.write(done, Json.write(new Done(key, rows)));
    monitor.checkpointed(done);
    checkpointedNanos = System.nanoTime();
  }

  /** All of them, from the first on. */
  DataInputStream read() throws IOException {
    return new DataInputStream(
        new BufferedInputStream(Channels.newInputStream(FileChannel.open(values)), 1 << 16));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Nobody needs them any more. */
  void delete() throws IOException {
    close();
    Files.deleteIfExists(values);
    Files.deleteIfExists(done);
  }
}
