package org.speechrate.notebook;

import java.util.Map;

/**
 * Input of {@link Speechrate#train(TrainSpec)}.
 *
 * <pre>{@code
 * sr.train(TrainSpec.create().hidden(64).epochs(50).seed(1))
 * }</pre>
 */
public final class TrainSpec extends ModelSpec<TrainSpec> {
  private TrainSpec() {}

  /** The defaults, on the bundled sample. */
  public static TrainSpec create() {
    return new TrainSpec();
  }

  /**
   * What somebody else has chosen, to go on from.
   *
   * @param choices a run's JSON object as maps and lists, such as {@code SweepResult.winner()}
   */
  public static TrainSpec of(Map<String, ?> choices) {
    return new TrainSpec().setAll(choices);
  }
}
