package org.speechrate.pipeline;

import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.evaluation.EvaluationSpec;
import org.speechrate.pipeline.labels.LabelsSpec;
import org.speechrate.pipeline.publishing.PublishingSpec;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * All that a user chooses for one run, with every default filled in. Made by {@link
 * RunSpecReader#read}, which is strict; read back leniently from histories and files.
 *
 * @param reuse whether unchanged stages are taken from earlier runs
 */
public record RunSpec(
    CorpusSpec corpus,
    LabelsSpec labels,
    EmbeddingsSpec embeddings,
    DatasetSpec dataset,
    TrainingSpec training,
    EvaluationSpec evaluation,
    PublishingSpec publishing,
    boolean reuse) {

  public RunSpec {
    // A run that began before it was there.
    evaluation = evaluation == null ? EvaluationSpec.DEFAULT : evaluation;
  }

  /** Whether labels or embeddings are made from audio. */
  public boolean needsCorpus() {
    return labels.directory().isEmpty() || embeddings.source() == EmbeddingsSpec.Source.AUDIO;
  }
}
