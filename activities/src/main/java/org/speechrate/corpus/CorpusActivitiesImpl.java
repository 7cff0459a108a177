package org.speechrate.corpus;

import java.util.Locale;
import java.util.Map;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.corpus.CorpusActivities;
import org.speechrate.pipeline.corpus.CorpusFacts;
import org.speechrate.pipeline.corpus.CorpusRequest;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** The corpus stage as Temporal sees it. */
public final class CorpusActivitiesImpl implements CorpusActivities {
  static final int VERSION = 1;

  private final StageRunner runner;
  private final Workspace workspace;
  private final StageStore store;
  private final SourceHashes sources;

  public CorpusActivitiesImpl(
      StageRunner runner, Workspace workspace, StageStore store, SourceHashes sources) {
    this.runner = runner;
    this.workspace = workspace;
    this.store = store;
    this.sources = sources;
  }

  @Override
  public StageResult<CorpusFacts> scanCorpus(CorpusRequest request) {
    return runner.run(
        Stage.CORPUS,
        request.workspace(),
        monitor -> {
          CorpusScan scan =
              new LibriSpeechWalker(workspace, sources, monitor).walk(request.corpus());
          StageKey key =
              new StageKey(
                  Stage.CORPUS,
                  VERSION,
                  Map.of("files", scan.identity()),
                  Map.of(
                      "splits", request.corpus().splits(),
                      "durations", request.corpus().durations().name().toLowerCase(Locale.ROOT)));
          return store.commit(
              key,
              request.reuse(),
              CorpusFacts.class,
              folder -> CorpusTable.write(scan.utterances(), folder));
        });
  }
}
