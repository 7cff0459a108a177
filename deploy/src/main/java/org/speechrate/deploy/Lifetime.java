package org.speechrate.deploy;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what was opened, the newest first, once: at the end of a command or when the process is
 * told to stop (SIGTERM, Ctrl-C), whichever comes first.
 */
public final class Lifetime implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Lifetime.class);

  private static volatile boolean processEnds;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Thread hook = new Thread(this::endOfProcess, "shutdown");
  private boolean closed;

  public Lifetime() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether this process was told to stop; errors are then nobody's news. */
  static boolean processEnds() {
    return processEnds;
  }

  public synchronized <T extends AutoCloseable> T add(T resource) {
    open.push(resource);
    if (closed) {
      closeAll();
    }
    return resource;
  }

  private void endOfProcess() {
    processEnds = true;
    closeAll();
  }

  private synchronized void closeAll() {
    closed = true;
    while (!open.isEmpty()) {
      AutoCloseable resource = open.pop();
      try {
        resource.close();
      } catch (Exception e) {
        log.warn("could not close {}", resource, e);
      }
    }
  }

  @Override
  public void close() {
    closeAll();
    if (!processEnds) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        log.debug("the process is ending; its hook has nothing left to close", e);
      }
    }
  }
}
