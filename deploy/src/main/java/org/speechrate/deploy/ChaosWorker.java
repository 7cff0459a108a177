package org.speechrate.deploy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A worker in a process of its own, to be killed and started again. */
final class ChaosWorker implements AutoCloseable {
  private final Path workspace;
  private final String temporal;
  private Process process;
  private boolean closed;

  /**
   * @param temporal address of the server: a worker that had to look for one would start its own
   *     where it finds none just now
   */
  ChaosWorker(Path workspace, String temporal) {
    this.workspace = workspace;
    this.temporal = temporal;
  }

  synchronized void start() throws IOException {
    if (closed) {
      return;
    }
    ProcessBuilder builder =
        new ProcessBuilder(
                DetachedUp.command(List.of("worker", "--workspace", workspace.toString())))
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    workspace.resolve("data/logs/worker.log").toFile()));
    // Not as -cp, see the launcher.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().keySet().removeIf(name -> name.startsWith("TEMPORAL_"));
    builder.environment().put("TEMPORAL_ADDRESS", temporal);
    process = builder.start();
    process.getOutputStream().close();
  }

  synchronized boolean isAlive() {
    return process.isAlive();
  }

  /** Whether this identity, as Temporal keeps it, is that of the process that runs now. */
  synchronized boolean is(String identity) {
    return identity.startsWith(process.pid() + "@");
  }

  /** It is gone when this returns. */
  synchronized void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (process != null) {
      kill();
    }
  }
}
