package org.speechrate.evaluation;

import java.io.IOException;
import java.util.Map;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationRequest;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.training.TrainedModel;

/** The evaluation stage: from a request to committed metrics. */
final class EvaluationStage {
  /** Raised whenever the same inputs give other metrics. */
  static final int VERSION = 2;

  private final StageStore store;

  EvaluationStage(StageStore store) {
    this.store = store;
  }

  StageResult<EvaluationFacts> evaluate(EvaluationRequest request, StageMonitor monitor)
      throws IOException {
    StageKey key =
        new StageKey(
            Stage.EVALUATION,
            VERSION,
            Map.of(
                "dataset", request.dataset().sha256(),
                "embeddings", request.embeddings().sha256(),
                "training", request.training().sha256()),
            // Part of the verdict.
            Map.of("speakerCheck", request.speakerCheck()));
    return store.commit(
        key,
        request.reuse(),
        EvaluationFacts.class,
        folder ->
            new Evaluator(
                    SpeechRateModel.load(
                        store.open(request.training()).resolve(TrainedModel.WEIGHTS)),
                    request.speakerCheck())
                .evaluate(
                    store.open(request.dataset()).resolve(SampleTable.FILE),
                    store.open(request.embeddings()).resolve(EmbeddingMatrix.FILE),
                    folder,
                    monitor));
  }
}
