package org.speechrate.deploy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.stage.SilentMonitor;

/**
 * How far a command's own work is: on a terminal a line that moves, else a line now and then, and
 * none of what is done at once.
 */
final class TerminalMonitor extends SilentMonitor {
  private static final Duration AT_ONCE = Duration.ofSeconds(1);

  /** A notebook shows the newest line only, and asks for more of them. */
  private static final Duration LINE_PAUSE =
      Duration.ofSeconds(System.getenv("SPEECHRATE_PROGRESS_EACH_SECOND") == null ? 10 : 1);

  private static final long TIDY_SECONDS = 20;

  private final Terminal terminal;
  private final CountDownLatch ended = new CountDownLatch(1);
  private Instant nextLine = Instant.now().plus(AT_ONCE);
  private boolean drawn;
  private volatile boolean stop;

  TerminalMonitor(Terminal terminal) {
    this.terminal = terminal;
  }

  <T> T run(Callable<T> work) throws Exception {
    try {
      return work.call();
    } finally {
      if (drawn) {
        terminal.err().print("\r\u001b[K");
      }
      ended.countDown();
    }
  }

  @Override
  public void progress(String text, long done, long total) {
    if (stop) {
      throw new CancellationException("stopped");
    }
    if (Instant.now().isBefore(nextLine)) {
      return;
    }
    if (terminal.live()) {
      terminal.err().print("\r" + text + "\u001b[K");
      drawn = true;
    } else {
      terminal.say(text);
      nextLine = Instant.now().plus(LINE_PAUSE);
    }
  }

  @Override
  public void progress(String text, long done, long total, List<EpochLoss> losses) {
    progress(text, done, total);
  }

  @Override
  public boolean stopRequested() {
    return stop;
  }

  /** Ends the work, and waits until it has tidied up. */
  void stop() throws InterruptedException {
    stop = true;
    ended.await(TIDY_SECONDS, TimeUnit.SECONDS);
  }
}
