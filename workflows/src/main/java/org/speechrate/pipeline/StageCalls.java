package org.speechrate.pipeline;

import io.temporal.workflow.Workflow;
import java.util.Optional;
import org.speechrate.pipeline.corpus.CorpusActivities;
import org.speechrate.pipeline.corpus.CorpusFacts;
import org.speechrate.pipeline.corpus.CorpusRequest;
import org.speechrate.pipeline.dataset.DatasetActivities;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetRequest;
import org.speechrate.pipeline.dataset.DatasetSpec.OnMissing;
import org.speechrate.pipeline.embeddings.EmbeddingActivities;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EncodingActivities;
import org.speechrate.pipeline.embeddings.EncodingRequest;
import org.speechrate.pipeline.evaluation.EvaluationActivities;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.EvaluationRequest;
import org.speechrate.pipeline.labels.LabelActivities;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.pipeline.labels.LabelRequest;
import org.speechrate.pipeline.publishing.PublishingActivities;

/** How a workflow asks for the stages that more than one kind of run has. */
final class StageCalls {
  private StageCalls() {}

  static StageResult<CorpusFacts> corpus(String workspace, RunSpec spec) {
    return activities(
            CorpusActivities.class, Stage.CORPUS, "scan " + spec.corpus().path().orElseThrow())
        .scanCorpus(
            new CorpusRequest(
                workspace,
                spec.reuse(),
                spec.corpus(),
                spec.dataset().onMissing() == OnMissing.DROP));
  }

  static StageResult<LabelFacts> labels(String workspace, RunSpec spec, Optional<Artifact> corpus) {
    return activities(
            LabelActivities.class,
            Stage.LABELS,
            spec.labels().directory().map(given -> "read " + given).orElse("from the corpus"))
        .labelUtterances(new LabelRequest(workspace, spec.reuse(), spec.labels(), corpus));
  }

  /** Of the bundled sample; a run of the release before takes the vectors that lie beside it. */
  static EmbeddingsSpec ofSample() {
    return Workflow.getVersion("sample-by-encoder", Workflow.DEFAULT_VERSION, 1)
            == Workflow.DEFAULT_VERSION
        ? RunSpecReader.SAMPLE_VECTORS
        : RunSpecReader.SAMPLE_BY_ENCODER;
  }

  /**
   * @param corpus where {@link RunSpec#needsCorpus}
   */
  static StageResult<EmbeddingFacts> embeddings(
      String workspace, RunSpec spec, Optional<Artifact> corpus) {
    // Another activity, but only of runs whose input no older release took, and by ofSample.
    return spec.embeddings().source() == EmbeddingsSpec.Source.AUDIO
        ? encode(workspace, spec, corpus.orElseThrow())
        : embeddings(workspace, spec.reuse(), spec.embeddings());
  }

  private static StageResult<EmbeddingFacts> encode(
      String workspace, RunSpec spec, Artifact corpus) {
    String encoder = spec.embeddings().encoder().orElseThrow();
    return Workflow.newActivityStub(
            EncodingActivities.class,
            StageOptions.encoding(Stage.EMBEDDINGS.word() + ": encode audio by " + encoder))
        .encodeAudio(new EncodingRequest(workspace, spec.reuse(), encoder, corpus));
  }

  static StageResult<EmbeddingFacts> embeddings(
      String workspace, boolean reuse, EmbeddingsSpec embeddings) {
    return activities(
            EmbeddingActivities.class,
            Stage.EMBEDDINGS,
            "load " + embeddings.path().or(embeddings::url).orElseThrow())
        .loadEmbeddings(new EmbeddingRequest(workspace, reuse, embeddings));
  }

  static StageResult<DatasetFacts> dataset(
      String workspace, RunSpec spec, Artifact labels, Artifact embeddings) {
    return dataset(workspace, spec, labels, embeddings, Optional.empty());
  }

  /**
   * @param shuffled seed of a control task
   */
  static StageResult<DatasetFacts> dataset(
      String workspace,
      RunSpec spec,
      Artifact labels,
      Artifact embeddings,
      Optional<Long> shuffled) {
    return activities(
            DatasetActivities.class,
            Stage.DATASET,
            "join labels and embeddings"
                + shuffled.map(seed -> ", labels shuffled by seed " + seed).orElse(""))
        .joinDataset(
            new DatasetRequest(
                workspace, spec.reuse(), spec.dataset(), labels, embeddings, shuffled));
  }

  static StageResult<EvaluationFacts> evaluation(
      String workspace,
      RunSpec spec,
      Artifact labels,
      StageResult<DatasetFacts> dataset,
      Artifact embeddings,
      Artifact model) {
    return activities(EvaluationActivities.class, Stage.EVALUATION, "train, dev and test")
        .evaluateModel(
            new EvaluationRequest(
                workspace,
                spec.reuse(),
                dataset.artifact(),
                embeddings,
                model,
                dataset.facts().speakerCheck(),
                Optional.of(labels),
                spec.evaluation()));
  }

  /** A new command in the history, but only of runs whose input no older release took. */
  static void checkAlsoWrite(String workspace, RunSpec spec) {
    spec.publishing()
        .alsoWrite()
        .ifPresent(
            path ->
                activities(PublishingActivities.class, Stage.PUBLISHING, "may write " + path)
                    .checkAlsoWrite(workspace, path));
  }

  static <T> T activities(Class<T> type, Stage stage, String what) {
    return Workflow.newActivityStub(type, StageOptions.of(stage, stage.word() + ": " + what));
  }
}
