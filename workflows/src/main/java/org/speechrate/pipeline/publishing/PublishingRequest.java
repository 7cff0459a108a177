package org.speechrate.pipeline.publishing;

import java.util.Optional;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.training.TrainingFacts;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param version computed by the workflow, so that every attempt publishes the same one
 * @param spec what the user chose, for the provenance
 * @param corpus absent where labels were given
 * @param approval absent where nobody was asked, or has answered yet
 */
public record PublishingRequest(
    String workspace,
    String version,
    RunSpec spec,
    Optional<Artifact> corpus,
    Artifact labels,
    Artifact embeddings,
    Artifact dataset,
    Artifact training,
    Artifact evaluation,
    DatasetFacts datasetFacts,
    TrainingFacts trainingFacts,
    EvaluationFacts evaluationFacts,
    Optional<Approval> approval) {

  public PublishingRequest {
    approval = approval == null ? Optional.empty() : approval;
  }

  /** The same, once somebody has agreed. */
  public PublishingRequest approved(Approval word) {
    return new PublishingRequest(
        workspace,
        version,
        spec,
        corpus,
        labels,
        embeddings,
        dataset,
        training,
        evaluation,
        datasetFacts,
        trainingFacts,
        evaluationFacts,
        Optional.of(word));
  }
}
