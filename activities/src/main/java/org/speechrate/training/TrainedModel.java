package org.speechrate.training;

/** The files that the training stage leaves. */
public final class TrainedModel {
  /** The weights; raw embeddings in, letters per second out. */
  public static final String WEIGHTS = "weights.safetensors";

  /** The losses by epoch. */
  public static final String HISTORY = "history.csv";

  private TrainedModel() {}
}
