package org.speechrate.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
  static final int VERSION = 4;

  private final StageStore store;

  EvaluationStage(StageStore store) {
    this.store = store;
  }

  StageResult<EvaluationFacts> evaluate(EvaluationRequest request, StageMonitor monitor)
      throws IOException {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("dataset", request.dataset().sha256());
    inputs.put("embeddings", request.embeddings().sha256());
    inputs.put("training", request.training().sha256());
    request.labels().ifPresent(labels -> inputs.put("labels", labels.sha256()));
    StageKey key =
        new StageKey(
            Stage.EVALUATION,
            VERSION,
            inputs,
            Map.of(
                "bootstrap",
                request.evaluation().bootstrap(),
                // Part of the verdict.
                "speakerCheck",
                request.speakerCheck()));
    Optional<Path> labels =
        request.labels().isPresent()
            ? Optional.of(store.open(request.labels().get()))
            : Optional.empty();
    return store.commit(
        key,
        request.reuse(),
        EvaluationFacts.class,
        folder ->
            new Evaluator(
                    SpeechRateModel.load(
                        store.open(request.training()).resolve(TrainedModel.WEIGHTS)),
                    request.speakerCheck(),
                    request.evaluation())
                .evaluate(
                    store.open(request.dataset()).resolve(SampleTable.FILE),
                    store.open(request.embeddings()).resolve(EmbeddingMatrix.FILE),
                    labels,
                    Background.of(request, store),
                    folder,
                    monitor));
  }
}
