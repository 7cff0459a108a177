package org.speechrate.corpus;

import java.util.Locale;
import java.util.Map;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.corpus.CorpusActivities;
import org.speechrate.pipeline.corpus.CorpusFacts;
import org.speechrate.pipeline.corpus.CorpusRequest;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** The corpus stage as Temporal sees it. */
public final class CorpusActivitiesImpl implements CorpusActivities {
  static final int VERSION = 1;

  private final StageRunner runner;
  private final Workspace workspace;
  private final StageStore store;

  public CorpusActivitiesImpl(StageRunner runner, Workspace workspace, StageStore store) {
    this.runner = runner;
    this.workspace = workspace;
    this.store = store;
  }

  @Override
  public StageResult<CorpusFacts> scanCorpus(CorpusRequest request) {
    return runner.run(
        Stage.CORPUS,
        request.workspace(),
        monitor -> {
          AudioHeaderMemory memory =
              new AudioHeaderMemory(workspace.root().resolve("data/stages/.audio-headers.json"));
          CorpusScan scan =
              new CorpusReader(workspace, memory, monitor)
                  .read(request.corpus(), request.dropDamaged());
          StageKey key =
              new StageKey(
                  Stage.CORPUS,
                  VERSION,
                  Map.of("files", scan.identity()),
                  choices(request.corpus()));
          StageResult<CorpusFacts> result =
              store.commit(
                  key,
                  request.reuse(),
                  CorpusFacts.class,
                  folder -> CorpusTable.write(scan, folder));
          memory.forgetCheap();
          return result;
        });
  }

  private static Map<String, Object> choices(CorpusSpec corpus) {
    String durations = corpus.durations().name().toLowerCase(Locale.ROOT);
    return corpus.manifest().isPresent()
        ? Map.of("from", "manifest", "durations", durations)
        : Map.of("splits", corpus.splits(), "durations", durations);
  }
}
