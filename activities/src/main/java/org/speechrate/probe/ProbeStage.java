package org.speechrate.probe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.speechrate.dataset.SampleTable;
import org.speechrate.embeddings.DerivedEmbeddings;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.probe.Layer;
import org.speechrate.pipeline.probe.LayerRequest;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.ProbeFacts;
import org.speechrate.pipeline.probe.RowsRequest;
import org.speechrate.pipeline.probe.SumFacts;
import org.speechrate.pipeline.probe.SumRequest;
import org.speechrate.pipeline.probe.SummaryRequest;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.training.TrainedModel;

/** What a probe commits: weighted sums among the embeddings, all else among the evaluations. */
final class ProbeStage {
  /** Raised whenever the same inputs give another output. */
  static final int VERSION = 1;

  private static final String IDS = "ids.csv";

  private final StageStore store;

  ProbeStage(StageStore store) {
    this.store = store;
  }

  void requireSameRows(RowsRequest request) throws IOException {
    List<Path> ids = new ArrayList<>();
    for (Layer layer : request.layers()) {
      ids.add(store.open(layer.embeddings()).resolve(IDS));
    }
    SameRows.require(request.layers().stream().map(Layer::name).toList(), ids);
  }

  StageResult<SumFacts> sum(SumRequest request, StageMonitor monitor) throws IOException {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("dataset", request.dataset().sha256());
    List<String> names = request.layers().stream().map(Layer::name).toList();
    for (int i = 0; i < names.size(); i++) {
      inputs.put("layer-" + i, request.layers().get(i).embeddings().sha256());
    }
    return store.commit(
        new StageKey(Stage.EMBEDDINGS, VERSION, inputs, Map.of("source", "weighted sum")),
        request.reuse(),
        SumFacts.class,
        folder -> {
          List<EmbeddingMatrix> layers = new ArrayList<>();
          for (Layer layer : request.layers()) {
            layers.add(matrix(layer.embeddings()));
          }
          LayerSum sum = new LayerSum(layers, names, samples(request.dataset()), monitor);
          long rows = layers.get(0).rows();
          DerivedEmbeddings.write(
              folder,
              store.open(request.layers().get(0).embeddings()),
              rows,
              sum.dimension(),
              (row, into) -> {
                monitor.endIfStopped();
                sum.read((int) row, into);
              });
          return new SumFacts(rows, sum.dimension(), sum.weights());
        });
  }

  StageResult<LayerScores> probe(LayerRequest request, StageMonitor monitor) throws IOException {
    Map<String, String> inputs = new TreeMap<>();
    Map<String, Object> choices = new TreeMap<>();
    choices.put("probe", "layer");
    choices.put("rounds", request.rounds());
    choices.put("seed", request.seed());
    note("task", request.task(), inputs, choices);
    for (int i = 0; i < request.controls().size(); i++) {
      note("control-" + i, request.controls().get(i), inputs, choices);
    }
    return store.commit(
        new StageKey(Stage.EVALUATION, VERSION, inputs, choices),
        request.reuse(),
        LayerScores.class,
        folder -> {
          LayerProbe.Task task = open(request.task());
          List<LayerProbe.Task> controls = new ArrayList<>();
          for (LayerRequest.Task control : request.controls()) {
            controls.add(open(control));
          }
          LayerScores scores =
              new LayerProbe(
                      request.name(), task, controls, request.seed(), request.rounds(), monitor)
                  .scores();
          Files.write(folder.resolve("scores.json"), Json.write(scores));
          return scores;
        });
  }

  private static void note(
      String name,
      LayerRequest.Task task,
      Map<String, String> inputs,
      Map<String, Object> choices) {
    inputs.put(name + "-dataset", task.dataset().sha256());
    inputs.put(name + "-embeddings", task.embeddings().sha256());
    for (int i = 0; i < task.models().size(); i++) {
      inputs.put(name + "-model-" + i, task.models().get(i).sha256());
    }
    task.failure().ifPresent(line -> choices.put(name + "-failure", line));
  }

  StageResult<ProbeFacts> summarize(SummaryRequest request) throws IOException {
    return store.commit(
        new StageKey(
            Stage.EVALUATION,
            VERSION,
            Map.of("dataset", request.dataset().sha256()),
            Map.of(
                "probe",
                "summary",
                "spec",
                Json.convert(request.spec(), Map.class),
                "facts",
                Json.convert(request.facts(), Map.class),
                "rows",
                Json.convert(request.rows(), List.class))),
        request.reuse(),
        ProbeFacts.class,
        folder -> {
          String verdict = ProbeVerdict.of(request.rows());
          Map<String, Object> file = new TreeMap<>();
          file.put("verdict", verdict);
          file.put("layers", request.rows());
          file.put("probe", request.spec());
          file.put("dataset", request.facts());
          Files.write(folder.resolve("probe.json"), Json.write(file));
          LayerCsv.write(folder.resolve("layers.csv"), request.rows());
          Files.write(
              folder.resolve("probe.html"),
              new ProbePageHtml(request, verdict).html().getBytes(StandardCharsets.UTF_8));
          return new ProbeFacts(request.rows().size(), verdict);
        });
  }

  private LayerProbe.Task open(LayerRequest.Task task) throws IOException {
    List<SpeechRateModel> networks = new ArrayList<>();
    for (Artifact model : task.models()) {
      networks.add(SpeechRateModel.load(store.open(model).resolve(TrainedModel.WEIGHTS)));
    }
    return new LayerProbe.Task(
        samples(task.dataset()), matrix(task.embeddings()), networks, task.failure());
  }

  private ProbeSamples samples(Artifact dataset) throws IOException {
    return ProbeSamples.read(store.open(dataset).resolve(SampleTable.FILE));
  }

  private EmbeddingMatrix matrix(Artifact embeddings) throws IOException {
    return EmbeddingMatrix.open(store.open(embeddings).resolve(EmbeddingMatrix.FILE));
  }
}
