package org.speechrate.dataset;

/**
 * A label that found its embedding: a row of {@code samples.csv}.
 *
 * @param row of its embedding in x.npy, from 0
 * @param split train, dev or test
 * @param speakerId empty where no speaker is known
 * @param cps letters per second, the decimal as it stands in the table
 */
public record Sample(int row, String sampleId, String split, String speakerId, String cps) {

  /** Letters per second. */
  public double target() {
    return com.fasterxml.jackson.core.io.NumberInput.parseDouble(cps, true);
  }
}
