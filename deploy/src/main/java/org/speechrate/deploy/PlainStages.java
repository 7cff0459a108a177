package org.speechrate.deploy;

import java.util.Optional;
import org.speechrate.corpus.CorpusActivitiesImpl;
import org.speechrate.dataset.DatasetActivitiesImpl;
import org.speechrate.embeddings.EmbeddingActivitiesImpl;
import org.speechrate.embeddings.EncodingActivitiesImpl;
import org.speechrate.labels.LabelActivitiesImpl;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.corpus.CorpusRequest;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetRequest;
import org.speechrate.pipeline.dataset.DatasetSpec.OnMissing;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EncodingRequest;
import org.speechrate.pipeline.labels.LabelRequest;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;

/** The stages before training, in the order of {@code Train}, without server and worker. */
final class PlainStages {
  private PlainStages() {}

  /** What they leave. */
  record Joined(
      Artifact labels,
      StageResult<EmbeddingFacts> embeddings,
      StageResult<DatasetFacts> dataset,
      FolderStageStore store) {}

  /**
   * @throws org.speechrate.pipeline.Refusal what the run fails with
   * @throws java.io.UncheckedIOException what is tried again
   */
  static Joined run(Workspace workspace, RunSpec spec) {
    SourceHashes sources =
        new SourceHashes(workspace.root().resolve("data/stages/.source-hashes.json"));
    FolderStageStore store = new FolderStageStore(workspace, sources);
    StageRunner runner = StageRunner.withoutTemporal(workspace);
    String id = workspace.id();

    Optional<Artifact> corpus = Optional.empty();
    if (spec.needsCorpus()) {
      corpus =
          Optional.of(
              new CorpusActivitiesImpl(runner, workspace, store)
                  .scanCorpus(
                      new CorpusRequest(
                          id, true, spec.corpus(), spec.dataset().onMissing() == OnMissing.DROP))
                  .artifact());
    }
    Artifact labels =
        new LabelActivitiesImpl(runner, workspace, store, sources)
            .labelUtterances(new LabelRequest(id, true, spec.labels(), corpus))
            .artifact();
    StageResult<EmbeddingFacts> embeddings =
        spec.embeddings().source() == EmbeddingsSpec.Source.AUDIO
            ? new EncodingActivitiesImpl(runner, workspace, store)
                .encodeAudio(
                    new EncodingRequest(
                        id, true, spec.embeddings().encoder().orElseThrow(), corpus.orElseThrow()))
            : new EmbeddingActivitiesImpl(runner, workspace, store, sources, AllowedHosts.LOOPBACK)
                .loadEmbeddings(new EmbeddingRequest(id, true, spec.embeddings()));
    StageResult<DatasetFacts> dataset =
        new DatasetActivitiesImpl(runner, store)
            .joinDataset(
                new DatasetRequest(id, true, spec.dataset(), labels, embeddings.artifact()));
    return new Joined(labels, embeddings, dataset, store);
  }
}
