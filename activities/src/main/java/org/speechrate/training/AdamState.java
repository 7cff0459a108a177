package org.speechrate.training;

/**
 * All that the optimiser knows between two steps; the arrays lie as {@link MlpShape} says, network
 * behind network.
 *
 * @param firstMoment running mean of the gradients
 * @param secondMoment running mean of their squares
 * @param step number of steps done
 */
@SuppressWarnings("ArrayRecordComponent") // Numbers in bulk; never compared, never printed.
record AdamState(float[] parameters, float[] firstMoment, float[] secondMoment, long step) {
  static AdamState start(float[] parameters) {
    return new AdamState(parameters, new float[parameters.length], new float[parameters.length], 0);
  }
}
