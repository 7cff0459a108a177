package org.speechrate.pipeline.predict;

import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.StageState;

/**
 * What a prediction returns.
 *
 * @param sentence all of it, for people
 * @param model folder of the version that predicted, relative to the workspace
 * @param path file of the predictions: where they were wanted, else in the stage's folder
 * @param rows number of predictions
 * @param meanCps in letters/s
 * @param percentiles in letters/s
 * @param warning how the embeddings differ from those that the model was trained on
 */
public record PredictResult(
    String workflowId,
    String runId,
    String sentence,
    String model,
    String path,
    long rows,
    double meanCps,
    PredictFacts.Percentiles percentiles,
    Optional<String> warning,
    List<StageState> stages) {

  public PredictResult {
    stages = List.copyOf(stages);
  }
}
