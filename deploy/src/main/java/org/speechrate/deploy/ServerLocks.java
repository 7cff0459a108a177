package org.speechrate.deploy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who uses a workspace's dev server. Both locks belong to processes, so the operating system gives
 * them back when one is killed: the exclusive {@code data/server.lock} while a server is started,
 * adopted or left, and the shared {@code data/server.users} for as long as it is used.
 */
final class ServerLocks {
  /**
   * Several users in one process share one channel: closing a second would drop the first's lock.
   */
  private static final Map<Path, Users> USERS = new HashMap<>();

  /** File locks stand between processes only; this one between threads of this process. */
  private static final ReentrantLock IN_THIS_PROCESS = new ReentrantLock();

  private static final class Users {
    private final FileChannel channel;
    private FileLock lock;
    private int count;

    Users(FileChannel channel) {
      this.channel = channel;
    }
  }

  private ServerLocks() {}

  /** What is done while no other command starts, adopts or leaves the workspace's server. */
  interface Exclusive<T> {
    T run() throws IOException, CommandFailure;
  }

  static <T> T exclusively(Path workspace, Exclusive<T> work) throws IOException, CommandFailure {
    IN_THIS_PROCESS.lock();
    try (FileChannel channel = open(workspace, "server.lock");
        FileLock lock = channel.lock()) {
      if (!lock.isValid()) {
        throw new IOException("lost the lock on " + workspace.resolve("data/server.lock"));
      }
      return work.run();
    } finally {
      IN_THIS_PROCESS.unlock();
    }
  }

  /** Call inside {@link #exclusively}. */
  static void use(Path workspace) throws IOException {
    Users users = USERS.get(workspace);
    if (users == null) {
      users = new Users(open(workspace, "server.users"));
      users.lock = users.channel.lock(0, Long.MAX_VALUE, true);
      USERS.put(workspace, users);
    }
    users.count++;
  }

  /**
   * Call inside {@link #exclusively}.
   *
   * @return whether nobody uses the server any more
   */
  static boolean leave(Path workspace) throws IOException {
    Users users = USERS.get(workspace);
    if (users == null || --users.count > 0) {
      return users == null;
    }
    USERS.remove(workspace);
    users.lock.release();
    try (FileChannel channel = users.channel;
        FileLock alone = channel.tryLock()) {
      return alone != null;
    }
  }

  private static FileChannel open(Path workspace, String name) throws IOException {
    Path data = workspace.resolve("data");
    Files.createDirectories(data);
    return FileChannel.open(
        data.resolve(name),
        StandardOpenOption.CREATE,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }
}
