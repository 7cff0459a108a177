package org.speechrate.store;

import java.io.IOException;

/** Is told what a stage spends beside its own work. A worker's tells nobody. */
public interface StageTimings {
  /** What is not the stage's own work. */
  enum Part {
    /** Handing the embeddings' vectors to the operating system. */
    WRITING,
    /** SHA-256 of what a stage reads and of what it writes. */
    HASHING,
    /** Forcing the output's files, and the memory of hashes, to disk. */
    FSYNC,
    /** Beginning an attempt, giving the finished one its name, forcing that name to disk. */
    COMMIT
  }

  StageTimings NONE = (part, nanos) -> {};

  /** Of the stage whose work this thread does: what writes is far from the store that was told. */
  ThreadLocal<StageTimings> OF_THREAD = ThreadLocal.withInitial(() -> NONE);

  /** May be called by several threads at once. */
  void spent(Part part, long nanos);

  /** Times a part of a stage. */
  default <T> T time(Part part, Timed<T> timed) throws IOException {
    long began = System.nanoTime();
    try {
      return timed.run();
    } finally {
      spent(part, System.nanoTime() - began);
    }
  }

  /** What is timed. */
  interface Timed<T> {
    T run() throws IOException;
  }
}
