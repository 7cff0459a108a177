package org.speechrate.pipeline.evaluation;

import java.util.Optional;
import org.speechrate.pipeline.Artifact;

/**
 * @param workspace id of the workspace that the run belongs to
 * @param reuse whether an earlier output may be used
 * @param speakerCheck the dataset's sentence on speakers, which the verdict repeats where nobody
 *     could check
 * @param labels of the utterances' texts and audio paths; absent in runs that began before it was
 *     there
 */
public record EvaluationRequest(
    String workspace,
    boolean reuse,
    Artifact dataset,
    Artifact embeddings,
    Artifact training,
    String speakerCheck,
    Optional<Artifact> labels,
    EvaluationSpec evaluation) {

  public EvaluationRequest {
    labels = labels == null ? Optional.empty() : labels;
    evaluation = evaluation == null ? EvaluationSpec.DEFAULT : evaluation;
  }
}
