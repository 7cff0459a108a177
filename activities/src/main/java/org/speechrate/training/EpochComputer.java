package org.speechrate.training;

import java.io.IOException;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/**
 * Computes epochs, in scaled units; owns the parameters, the optimiser's moments and the data while
 * it is open. Anything that can do this can train.
 */
interface EpochComputer extends AutoCloseable {
  /**
   * One pass of each network over the train split, one step per batch.
   *
   * @param orders of each network the rows, in the order in which it uses them
   * @param stop asked every second or two
   * @return mean of the squared errors of all networks, each taken before the step of its batch;
   *     empty where it was told to stop, and then stands somewhere inside the epoch
   */
  OptionalDouble trainEpoch(int[][] orders, BooleanSupplier stop) throws IOException;

  /** The networks' mean outputs for the dev split, by the parameters as they are now. */
  float[] predictDev() throws IOException;

  /** A copy. */
  AdamState state();

  @Override
  void close();
}
