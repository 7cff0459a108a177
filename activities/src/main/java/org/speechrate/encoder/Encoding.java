package org.speechrate.encoder;

/** What an encoder makes of one utterance: its vector, or the reason why it has none. */
public sealed interface Encoding {
  /** Length of the audio, before anything was cut away; 0 where it is damaged. */
  double seconds();

  /** Finite, of the encoder's dimension; its caller's own. */
  final class Vector implements Encoding {
    private final float[] values;
    private final double seconds;

    Vector(float[] values, double seconds) {
      this.values = values;
      this.seconds = seconds;
    }

    public float[] values() {
      return values;
    }

    @Override
    public double seconds() {
      return seconds;
    }
  }

  /**
   * @param reason continues the file's name, such as "is silent"
   */
  record Missing(String reason, double seconds) implements Encoding {}

  /**
   * Its file cannot be decoded: by its content, so no retry cures that.
   *
   * @param reason continues the file's name, such as "is cut off"
   */
  record Damaged(String reason) implements Encoding {
    @Override
    public double seconds() {
      return 0;
    }
  }
}
