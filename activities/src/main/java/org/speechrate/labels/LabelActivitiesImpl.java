package org.speechrate.labels;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.labels.LabelActivities;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.pipeline.labels.LabelRequest;
import org.speechrate.stage.StageMonitor;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** The labels stage as Temporal sees it. */
public final class LabelActivitiesImpl implements LabelActivities {
  static final int VERSION = 1;

  private final StageRunner runner;
  private final Workspace workspace;
  private final StageStore store;
  private final SourceHashes sources;

  public LabelActivitiesImpl(
      StageRunner runner, Workspace workspace, StageStore store, SourceHashes sources) {
    this.runner = runner;
    this.workspace = workspace;
    this.store = store;
    this.sources = sources;
  }

  @Override
  public StageResult<LabelFacts> labelUtterances(LabelRequest request) {
    return runner.run(
        Stage.LABELS,
        request.workspace(),
        monitor ->
            request.labels().directory().isPresent()
                ? given(request, request.labels().directory().get(), monitor)
                : fromCorpus(request));
  }

  private StageResult<LabelFacts> given(
      LabelRequest request, String directory, StageMonitor monitor) throws IOException {
    GivenLabels labels = GivenLabels.in(directory, workspace);
    Map<String, String> inputs = new HashMap<>();
    for (Map.Entry<String, Path> file : labels.files().entrySet()) {
      inputs.put(file.getKey(), sources.sha256(file.getValue()));
    }
    return store.commit(
        new StageKey(Stage.LABELS, VERSION, inputs, Map.of("from", "directory")),
        request.reuse(),
        LabelFacts.class,
        folder -> labels.copyTo(folder, monitor));
  }

  private StageResult<LabelFacts> fromCorpus(LabelRequest request) throws IOException {
    var corpus =
        request
            .corpus()
            .orElseThrow(
                () ->
                    new Refusal(
                        Refusal.Kind.INVALID_SPEC,
                        "labels.directory, corpus.root or corpus.manifest is needed, got none"));
    Path utterances = store.open(corpus).resolve("utterances.csv");
    return store.commit(
        new StageKey(
            Stage.LABELS, VERSION, Map.of("corpus", corpus.sha256()), Map.of("from", "corpus")),
        request.reuse(),
        LabelFacts.class,
        folder -> CorpusLabels.write(utterances, folder));
  }
}
