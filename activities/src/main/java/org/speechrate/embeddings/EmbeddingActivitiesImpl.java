package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.embeddings.EmbeddingActivities;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.AttemptFolder;
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
  private final AllowedHosts hosts;

  /**
   * @param hosts that ChromaDB may be on
   */
  public EmbeddingActivitiesImpl(
      StageRunner runner,
      Workspace workspace,
      StageStore store,
      SourceHashes sources,
      AllowedHosts hosts) {
    this.runner = runner;
    this.workspace = workspace;
    this.store = store;
    this.sources = sources;
    this.hosts = hosts;
  }

  @Override
  public StageResult<EmbeddingFacts> loadEmbeddings(EmbeddingRequest request) {
    return runner.run(
        Stage.EMBEDDINGS,
        request.workspace(),
        monitor -> {
          EmbeddingsSpec spec = request.embeddings();
          if (spec.source() != EmbeddingsSpec.Source.CHROMA) {
            EmbeddingSource source = EmbeddingSource.of(spec, workspace);
            return commit(request, source, monitor);
          }
          ChromaClient client = ChromaClient.of(spec, hosts);
          // Where the store's attempts are: one that was killed here is removed by the next there.
          Path attempts = workspace.root().resolve("data/stages").resolve(Stage.EMBEDDINGS.word());
          try (AttemptFolder snapshot = AttemptFolder.begin(attempts)) {
            ChromaEmbeddings source =
                ChromaEmbeddings.read(client, spec.collection(), snapshot.path(), monitor);
            return commit(request, source, monitor);
          }
        });
  }

  private StageResult<EmbeddingFacts> commit(
      EmbeddingRequest request, EmbeddingSource source, StageMonitor monitor) throws IOException {
    return store.commit(
        new StageKey(
            Stage.EMBEDDINGS,
            VERSION,
            source.inputs(sources),
            Map.of("source", source.described())),
        request.reuse(),
        EmbeddingFacts.class,
        folder -> source.copyTo(folder, monitor));
  }
}
