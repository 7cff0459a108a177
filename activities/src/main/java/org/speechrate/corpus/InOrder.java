package org.speechrate.corpus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Work on several threads, its results handed over in the order of the tasks. */
public final class InOrder {
  private InOrder() {}

  /** What takes a result, on the caller's thread. */
  public interface Taker<R> {
    void take(R result) throws IOException;
  }

  /**
   * Where one fails, or its result is not taken, those that have not begun are not begun; those
   * that have are at their end when this returns.
   */
  public static <R> void run(int threads, List<Callable<R>> tasks, Taker<R> taker)
      throws IOException {
    ExecutorService pool =
        Executors.newFixedThreadPool(Math.max(1, Math.min(threads, tasks.size())));
    try {
      List<Future<R>> results = new ArrayList<>(tasks.size());
      for (Callable<R> task : tasks) {
        results.add(pool.submit(task));
      }
      for (Future<R> result : results) {
        taker.take(result.get());
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading audio", e);
    } finally {
      pool.shutdownNow();
      awaitEnd(pool);
    }
  }

  private static void awaitEnd(ExecutorService pool) {
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = pool.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
