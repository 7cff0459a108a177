package org.speechrate.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Files and folders that are there whole or not at all, also after a power cut. */
public final class Durable {
  private Durable() {}

  /** Writes a file by way of a temporary one beside it, replacing what was there. */
  public static void write(Path file, byte[] content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    // Not createTempFile's, which only its owner may read.
    Path fresh = folder.resolve(".write-" + UUID.randomUUID());
    try {
      Files.write(fresh, content);
      replace(fresh, file);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /** Gives a finished file its final name by one atomic rename, replacing what was there. */
  public static void replace(Path fresh, Path file) throws IOException {
    sync(fresh, StandardOpenOption.WRITE);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncEntry(file.toAbsolutePath().getParent());
  }

  /** Forces a folder's files, and their names, to disk. */
  public static void syncFolder(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        sync(file, StandardOpenOption.WRITE);
      }
    }
    syncEntry(folder);
  }

  /**
   * Gives a finished folder its final name by one atomic rename.
   *
   * @return false if the name is taken; the folder then stays where it was
   */
  public static boolean publish(Path folder, Path target) throws IOException {
    try {
      Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (DirectoryNotEmptyException | FileAlreadyExistsException e) {
      return false;
    } catch (FileSystemException e) {
      if (Files.isDirectory(target)) {
        return false; // rename(2) on a full folder; not every JDK names that case
      }
      throw e;
    }
    syncEntry(target.toAbsolutePath().getParent());
    return true;
  }

  /**
   * Writes a file that must not be there yet; of many who try at once, one does.
   *
   * @param fresh a file of the caller's, on the same file system; the content is written there
   *     first
   * @return false if the name is taken
   */
  public static boolean create(Path file, Path fresh, byte[] content) throws IOException {
    Files.write(fresh, content);
    sync(fresh, StandardOpenOption.WRITE);
    try {
      Files.createLink(file, fresh); // a rename would replace what is there
    } catch (FileAlreadyExistsException e) {
      return false;
    }
    syncEntry(file.toAbsolutePath().getParent());
    return true;
  }

  /** Deletes a folder and all in it; an absent one is fine. */
  public static void deleteFolder(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> inside;
    try (Stream<Path> paths = Files.walk(folder)) {
      inside = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : inside) {
      Files.deleteIfExists(path);
    }
  }

  private static void syncEntry(Path folder) throws IOException {
    if (!System.getProperty("os.name").startsWith("Windows")) { // which opens no folders
      sync(folder, StandardOpenOption.READ);
    }
  }

  private static void sync(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }
}
