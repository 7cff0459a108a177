package org.speechrate.training;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Map;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.training.TrainingSpec;

/** What the training stage leaves: its files, and the model in them. */
public final class TrainedModel {
  /** The weights; raw embeddings in, letters per second out. */
  public static final String WEIGHTS = "weights.safetensors";

  /** The losses by epoch. */
  public static final String HISTORY = "history.csv";

  /** A row a fold, where there was a cross-validation. */
  public static final String CROSS_VALIDATION = "cross_validation.csv";

  private TrainedModel() {}

  /**
   * The mean of the networks as one, with all scaling and what they began with folded in.
   *
   * @param chosen of which the kept parameters are taken
   * @throws Refusal if one is not finite
   */
  static SafeTensors weights(TrainingSpec spec, int dimension, TrainingState chosen) {
    MlpShape shape = MlpShape.of(dimension, spec);
    float[] folded = new float[chosen.kept().length];
    for (int from = 0; from < folded.length; from += shape.size()) {
      float[] network = new float[shape.size()];
      System.arraycopy(chosen.kept(), from, network, 0, network.length);
      System.arraycopy(chosen.scaling().fold(shape, network), 0, folded, from, network.length);
    }
    MlpShape wide = shape.wide(spec.ensemble());
    float[] joined = shape.joined(folded);
    if (spec.ridgeStart()) {
      joined = wide.plus(chosen.start(), joined);
      wide = wide.withLinearPath();
    }
    for (float parameter : joined) {
      if (!Float.isFinite(parameter)) {
        throw new Refusal(
            Refusal.Kind.NOTHING_TRAINED,
            "the trained weights are not finite; try a smaller training.learningRate");
      }
    }
    return new SafeTensors(
        wide.tensors(joined),
        Map.of(SpeechRateModel.ACTIVATION, TrainingSpec.word(spec.activation())));
  }

  /** In (letters/s)². */
  static double mse(SpeechRateModel model, SplitRows rows) throws IOException {
    float[][] row = new float[1][rows.dimension()];
    int[] index = new int[1];
    double squares = 0;
    for (int i = 0; i < rows.count(); i++) {
      index[0] = i;
      rows.gather(index, 0, 1, FloatBuffer.wrap(row[0]));
      double error = model.predict(row)[0] - rows.cps()[i];
      squares += error * error;
    }
    return squares / rows.count();
  }
}
