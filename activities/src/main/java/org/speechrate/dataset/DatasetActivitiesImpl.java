package org.speechrate.dataset;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.dataset.DatasetActivities;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetRequest;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;

/** The dataset stage as Temporal sees it. */
public final class DatasetActivitiesImpl implements DatasetActivities {
  static final int VERSION = 1;

  private final StageRunner runner;
  private final StageStore store;

  public DatasetActivitiesImpl(StageRunner runner, StageStore store) {
    this.runner = runner;
    this.store = store;
  }

  @Override
  public StageResult<DatasetFacts> joinDataset(DatasetRequest request) {
    return runner.run(
        Stage.DATASET,
        request.workspace(),
        monitor -> {
          DatasetSpec spec = request.dataset();
          Path labels = store.open(request.labels());
          Path embeddings = store.open(request.embeddings());
          Map<String, Object> choices =
              new TreeMap<>(
                  Map.of(
                      "onMissing", spec.onMissing().name().toLowerCase(Locale.ROOT),
                      "onSpeakerOverlap", spec.onSpeakerOverlap().name().toLowerCase(Locale.ROOT),
                      "speakerFrom", spec.speakerFrom().orElse("")));
          request.shuffled().ifPresent(seed -> choices.put("shuffled", seed));
          StageKey key =
              new StageKey(
                  Stage.DATASET,
                  VERSION,
                  Map.of(
                      "labels", request.labels().sha256(),
                      "embeddings", request.embeddings().sha256()),
                  choices);
          return store.commit(
              key,
              request.reuse(),
              DatasetFacts.class,
              folder ->
                  new DatasetJoiner(
                          labels, embeddings.resolve("ids.csv"), spec, request.shuffled(), monitor)
                      .write(
                          EmbeddingMatrix.open(embeddings.resolve(EmbeddingMatrix.FILE))
                              .dimension(),
                          folder));
        });
  }
}
