package org.speechrate.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The folder in which one attempt works. Beside it lies a file that the attempt's process keeps
 * locked: a lock ends with its process, however that ends, so what a killed one left can be told
 * from what a living one still needs.
 */
public final class AttemptFolder implements AutoCloseable {
  private static final String STAGES = ".attempt-";
  private static final String LOCK_ENDING = ".lock";

  /**
   * Names of the files that this process has locked. It must not open them a second time: when any
   * of its channels on a file is closed, POSIX takes away all locks of the process on that file.
   */
  private static final Set<String> OWN = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final Path lockFile;
  private final FileChannel lock;

  private AttemptFolder(Path folder, Path lockFile, FileChannel lock) {
    this.folder = folder;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /** Begins an attempt of a stage, and removes what dead ones left beside it. */
  public static AttemptFolder begin(Path parent) throws IOException {
    return begin(parent, STAGES);
  }

  /**
   * Begins an attempt at something else, such as in a folder that is not ours alone.
   *
   * @param prefix of its folder's name, which nobody else uses: dead ones are deleted with all that
   *     is in them
   */
  public static AttemptFolder begin(Path parent, String prefix) throws IOException {
    Files.createDirectories(parent);
    removeDead(parent, prefix);
    Path folder = parent.resolve(prefix + UUID.randomUUID());
    Path lockFile = lockFile(folder);
    OWN.add(name(lockFile));
    FileChannel lock;
    try {
      lock = FileChannel.open(lockFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (IOException e) {
      OWN.remove(name(lockFile));
      throw e;
    }
    try {
      lock.lock();
      // Only now: who finds a folder whose lock is free knows that its attempt is dead.
      Files.createDirectory(folder);
      return new AttemptFolder(folder, lockFile, lock);
    } catch (IOException e) {
      lock.close();
      OWN.remove(name(lockFile));
      throw e;
    }
  }

  public Path path() {
    return folder;
  }

  private static Path lockFile(Path folder) {
    return folder.resolveSibling(folder.getFileName() + LOCK_ENDING);
  }

  /** It has a UUID in it, so it is no other's. */
  private static String name(Path lockFile) {
    return lockFile.getFileName().toString();
  }

  private static void removeDead(Path parent, String prefix) throws IOException {
    List<Path> folders;
    try (Stream<Path> entries = Files.list(parent)) {
      folders =
          entries
              .filter(entry -> entry.getFileName().toString().startsWith(prefix))
              .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
              .toList();
    }
    for (Path folder : folders) {
      if (isDead(lockFile(folder))) {
        Durable.deleteFolder(folder);
        Files.deleteIfExists(lockFile(folder));
      }
    }
  }

  private static boolean isDead(Path lockFile) throws IOException {
    if (OWN.contains(name(lockFile))) {
      return false;
    }
    if (!Files.exists(lockFile)) {
      return true;
    }
    try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (NoSuchFileException e) {
      return false; // it has ended meanwhile, and tidied up itself
    }
  }

  /** Drops what was not committed. */
  @Override
  public void close() throws IOException {
    Durable.deleteFolder(folder);
    lock.close();
    Files.deleteIfExists(lockFile);
    OWN.remove(name(lockFile));
  }
}
