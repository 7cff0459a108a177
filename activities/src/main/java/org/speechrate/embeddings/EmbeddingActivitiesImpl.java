package org.speechrate.embeddings;

import java.util.Map;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.embeddings.EmbeddingActivities;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** The embeddings stage as Temporal sees it. */
public final class EmbeddingActivitiesImpl implements EmbeddingActivities {
  static final int VERSION = 1;

  private final StageRunner runner;
  private final Workspace workspace;
  private final StageStore store;
  private final SourceHashes sources;

  public EmbeddingActivitiesImpl(
      StageRunner runner, Workspace workspace, StageStore store, SourceHashes sources) {
    this.runner = runner;
    this.workspace = workspace;
    this.store = store;
    this.sources = sources;
  }

  @Override
  public StageResult<EmbeddingFacts> loadEmbeddings(EmbeddingRequest request) {
    return runner.run(
        Stage.EMBEDDINGS,
        request.workspace(),
        monitor -> {
          EmbeddingSource source = EmbeddingSource.of(request.embeddings(), workspace);
          Map<String, String> inputs = source.inputs(sources);
          return store.commit(
              new StageKey(Stage.EMBEDDINGS, VERSION, inputs, Map.of("source", source.word())),
              request.reuse(),
              EmbeddingFacts.class,
              folder -> source.copyTo(folder, monitor));
        });
  }
}
