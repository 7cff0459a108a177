package org.speechrate.predict;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;

/**
 * Predicts a matrix block by block on all cores. Blocks depend on the model's widths alone, and
 * each is one thread's, so that any number of threads gives the same bits.
 */
public final class BlockPredictor {
  /** Of a block's embeddings, or of its widest hidden layer; smaller ones take more time a row. */
  private static final int BLOCK_VALUES = 1 << 20;

  private final EmbeddingMatrix matrix;
  private final int threads;

  /** Takes predictions in the order of their rows. */
  public interface Each {
    void block(float[] cps) throws IOException;
  }

  public BlockPredictor(EmbeddingMatrix matrix, int threads) {
    this.matrix = matrix;
    this.threads = threads;
  }

  /**
   * @param weights of a model that takes the matrix' dimension
   * @param from first row to predict, the first of a block
   */
  public void predict(SafeTensors weights, long from, Each each) throws IOException {
    int widest = Collections.max(SpeechRateModel.of(weights).layers());
    int blockRows = matrix.blockRows(BLOCK_VALUES / widest * matrix.dimension());
    try (TorchModel model = new TorchModel(weights, blockRows)) {
      ExecutorService pool = Executors.newFixedThreadPool(threads, BlockPredictor::thread);
      try {
        Queue<Future<float[]>> begun = new ArrayDeque<>();
        long next = from;
        while (next < matrix.rows() || !begun.isEmpty()) {
          while (next < matrix.rows() && begun.size() < 2 * threads) {
            long first = next;
            int rows = (int) Math.min(blockRows, matrix.rows() - first);
            begun.add(pool.submit(() -> model.predict(matrix.block(first, rows), rows)));
            next += rows;
          }
          each.block(begun.remove().get());
        }
      } finally {
        end(pool);
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "predict");
    thread.setDaemon(true);
    return thread;
  }

  /** Blocks under way use the model, and end within milliseconds. */
  private static void end(ExecutorService pool) throws InterruptedException {
    pool.shutdown();
    pool.awaitTermination(1, TimeUnit.MINUTES);
  }
}
