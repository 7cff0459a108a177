package org.speechrate.training;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.speechrate.pipeline.training.Recipe;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.store.Json;

/** Small trainings; each method changes one thing. */
record Specs(TrainingSpec spec) {
  static final Specs SMALL =
      new Specs(Recipe.DEFAULT.spec())
          .hidden(5)
          .epochs(8)
          .batchSize(7)
          .learningRate(0.01)
          .weightDecay(0.1)
          .patience(3)
          .with("ridgeStart", false)
          .with("shiftByDev", false)
          .with("seed", 11)
          .with("device", "cpu");

  /**
   * @param field as the run's input names it
   */
  Specs with(String field, Object value) {
    Map<String, Object> fields = new HashMap<>();
    Map<?, ?> before = Json.convert(spec, Map.class);
    before.forEach((name, old) -> fields.put((String) name, old));
    fields.put(field, value);
    return new Specs(Json.convert(fields, TrainingSpec.class));
  }

  Specs hidden(Integer... widths) {
    return with("hidden", List.of(widths));
  }

  Specs epochs(int epochs) {
    return with("epochs", epochs);
  }

  Specs batchSize(int batchSize) {
    return with("batchSize", batchSize);
  }

  Specs learningRate(double learningRate) {
    return with("learningRate", learningRate);
  }

  Specs weightDecay(double weightDecay) {
    return with("weightDecay", weightDecay);
  }

  Specs patience(int patience) {
    return with("patience", patience);
  }

  Specs unscaled() {
    return with("scaleInputs", false).with("standardizeTargets", false);
  }
}
