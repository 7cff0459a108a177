package org.speechrate.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.evaluation.EvaluationRequest;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.store.Json;
import org.speechrate.store.StageStore;
import org.speechrate.table.CsvInput;
import org.speechrate.table.Decimals;
import org.speechrate.table.Splits;
import org.speechrate.training.TrainedModel;

/**
 * What the report tells beside the evaluation: how the model and its data came about.
 *
 * @param data name to value, in order
 * @param provenance name to value, in order
 */
record Background(
    List<EpochLoss> losses,
    Optional<Integer> keptEpoch,
    Map<String, String> data,
    Map<String, String> provenance) {

  static Background of(EvaluationRequest request, StageStore store) throws IOException {
    Optional<StageStore.Origin> trained = store.origin(request.training());
    Optional<TrainingFacts> facts =
        trained.map(origin -> Json.convert(origin.facts(), TrainingFacts.class));
    Map<String, String> data = new LinkedHashMap<>();
    data.put("speakers", request.speakerCheck());
    store
        .origin(request.dataset())
        .map(origin -> Json.convert(origin.facts(), DatasetFacts.class))
        .ifPresent(
            dataset -> {
              data.put(
                  "utterances",
                  Splits.NAMES.stream()
                      .filter(split -> dataset.utterances().containsKey(split))
                      .map(
                          split ->
                              String.format(
                                  Locale.ROOT, "%,d %s", dataset.utterances().get(split), split))
                      .collect(Collectors.joining(", ")));
              data.put("values of an embedding", Integer.toString(dataset.dimension()));
              data.put(
                  "left out",
                  Counts.of(dataset.droppedLabels(), "label")
                      + " without embedding, "
                      + Counts.of(dataset.droppedEmbeddings(), "embedding")
                      + " without label");
            });
    request.labels().ifPresent(labels -> data.put("labels", text(labels)));
    data.put("embeddings", text(request.embeddings()));
    data.put("dataset", text(request.dataset()));

    Map<String, String> provenance = new LinkedHashMap<>();
    facts.ifPresent(
        training -> {
          provenance.put("training", training.summary());
          provenance.put("trained with", training.engine());
        });
    trained.ifPresent(
        origin ->
            new TreeMap<>(origin.key().spec())
                .forEach((name, value) -> provenance.put("training." + name, text(value))));
    provenance.put("weights", text(request.training()));
    provenance.put("bootstrap rounds", Integer.toString(request.evaluation().bootstrap()));
    provenance.put("version of the evaluation", Integer.toString(EvaluationStage.VERSION));
    return new Background(
        losses(store.open(request.training()).resolve(TrainedModel.HISTORY)),
        facts.map(TrainingFacts::keptEpoch),
        data,
        provenance);
  }

  private static String text(Object value) {
    return value instanceof Double number ? Decimals.shortest(number) : value.toString();
  }

  private static String text(Artifact artifact) {
    return artifact.uri() + ", sha256 " + artifact.sha256();
  }

  private static List<EpochLoss> losses(Path history) throws IOException {
    List<EpochLoss> losses = new ArrayList<>();
    if (Files.isRegularFile(history)) {
      try (CsvInput input = CsvInput.open(history, TrainedModel.HISTORY)) {
        input.forEach(
            row ->
                losses.add(
                    new EpochLoss(
                        Integer.parseInt(row.get("epoch")),
                        Double.parseDouble(row.get("train_mse")),
                        Double.parseDouble(row.get("dev_mse")))));
      }
    }
    return losses;
  }
}
