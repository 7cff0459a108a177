package org.speechrate.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationSpec;
import org.speechrate.stage.StageMonitor;

/** Evaluates a model that no run trained, as the evaluation stage does. */
public final class ModelEvaluation {
  private ModelEvaluation() {}

  /**
   * Writes what the evaluation stage leaves into a folder.
   *
   * @param dataset folder of the dataset stage
   * @param embeddings folder of the embeddings stage
   * @param labels folder of the labels stage
   * @param speakerCheck the dataset's sentence on speakers
   * @param provenance where the model comes from, for the report
   * @throws org.speechrate.pipeline.Refusal as {@link Evaluator}
   */
  public static EvaluationFacts evaluate(
      SpeechRateModel model,
      Path dataset,
      Path embeddings,
      Path labels,
      String speakerCheck,
      Map<String, String> provenance,
      Path folder,
      StageMonitor monitor)
      throws IOException {
    return new Evaluator(model, speakerCheck, EvaluationSpec.DEFAULT)
        .evaluate(
            dataset.resolve(SampleTable.FILE),
            embeddings.resolve(EmbeddingMatrix.FILE),
            Optional.of(labels),
            new Background(
                List.of(), Optional.empty(), Map.of("speakers", speakerCheck), provenance),
            folder,
            monitor);
  }
}
