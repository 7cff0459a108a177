package org.speechrate.embeddings;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EncodingActivities;
import org.speechrate.pipeline.embeddings.EncodingRequest;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** The embeddings stage as Temporal sees it, where an encoder makes them of audio. */
public final class EncodingActivitiesImpl implements EncodingActivities {
  static final int VERSION = 1;

  private final StageRunner runner;
  private final Workspace workspace;
  private final StageStore store;

  public EncodingActivitiesImpl(StageRunner runner, Workspace workspace, StageStore store) {
    this.runner = runner;
    this.workspace = workspace;
    this.store = store;
  }

  @Override
  public StageResult<EmbeddingFacts> encodeAudio(EncodingRequest request) {
    return runner.run(
        Stage.EMBEDDINGS,
        request.workspace(),
        monitor -> {
          Path corpus = store.open(request.corpus());
          AudioEmbeddings source =
              AudioEmbeddings.ofCorpus(
                  corpus.resolve("utterances.csv"),
                  Encoders.readable(workspace, request.encoder()),
                  path -> workspace.readable("corpus", path),
                  workspace.root().resolve(Encoders.ENCODED));
          if (request.reuse()) {
            Optional<StageResult<EmbeddingFacts>> whole =
                store.find(key(source, source.identify(monitor)), EmbeddingFacts.class);
            if (whole.isPresent()) {
              return whole.get();
            }
          }
          return store.commit(
              key(source, source.encode(monitor)),
              request.reuse(),
              EmbeddingFacts.class,
              folder -> source.copyTo(folder, monitor));
        });
  }

  private static StageKey key(AudioEmbeddings source, Map<String, String> inputs) {
    return new StageKey(Stage.EMBEDDINGS, VERSION, inputs, Map.of("source", source.described()));
  }
}
