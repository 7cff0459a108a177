package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.failure.ApplicationFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetRequest;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingRequest;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.probe.DescriptionLength;
import org.speechrate.pipeline.probe.LayerRequest;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.LayerSource;
import org.speechrate.pipeline.probe.LayersRequest;
import org.speechrate.pipeline.probe.ProbeActivities;
import org.speechrate.pipeline.probe.ProbeFacts;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.probe.ProbeScore;
import org.speechrate.pipeline.probe.RowsRequest;
import org.speechrate.pipeline.probe.SumFacts;
import org.speechrate.pipeline.probe.SumRequest;
import org.speechrate.pipeline.probe.SummaryRequest;
import org.speechrate.pipeline.sweep.SweepActivities;
import org.speechrate.pipeline.sweep.VariantGroup;
import org.speechrate.pipeline.sweep.VariantOutcome;

/** The probe's workflow with skipped time and made-up activities. */
@Timeout(60)
class ProbeWorkflowTest extends WithFakeStages<ProbeWorkflowTest.FakeProbe> {
  private static final ObjectMapper JSON = new ObjectMapper();

  static final class FakeProbe extends FakeStages implements SweepActivities, ProbeActivities {
    final List<VariantGroup> groups = Collections.synchronizedList(new ArrayList<>());
    final List<DatasetRequest> datasets = Collections.synchronizedList(new ArrayList<>());
    final List<LayerRequest> probed = Collections.synchronizedList(new ArrayList<>());
    final List<SummaryRequest> summaries = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch trains = new CountDownLatch(1);
    volatile boolean untilCancelled;
    volatile boolean otherRows;
    volatile boolean otherDimensions;
    List<String> names = List.of("layer_1", "layer_2");

    private static Artifact artifact(String name) {
      return new Artifact("data/stages/" + name, "sha256 of " + name, 6);
    }

    private static ApplicationFailure refusal(String line) {
      return ApplicationFailure.newNonRetryableFailure(line, "BAD_VALUE");
    }

    @Override
    public List<LayerSource> findLayers(LayersRequest request) {
      return names.stream()
          .map(
              name ->
                  new LayerSource(
                      name,
                      new EmbeddingsSpec(
                          EmbeddingsSpec.Source.AUTO,
                          Optional.of(request.path() + "/" + name),
                          Optional.empty())))
          .toList();
    }

    @Override
    public StageResult<EmbeddingFacts> loadEmbeddings(EmbeddingRequest request) {
      String path = request.embeddings().path().orElseThrow();
      if (path.endsWith("broken")) {
        throw refusal("row 3 holds NaN");
      }
      return new StageResult<>(artifact(path), false, new EmbeddingFacts("matrix", 6, 4));
    }

    @Override
    public void requireSameRows(RowsRequest request) {
      if (otherRows) {
        throw refusal("layer_2 has other sample_ids");
      }
    }

    @Override
    public StageResult<DatasetFacts> joinDataset(DatasetRequest request) {
      datasets.add(request);
      StageResult<DatasetFacts> joined = super.joinDataset(request);
      return new StageResult<>(
          artifact("dataset-" + request.shuffled().map(String::valueOf).orElse("as-it-is")),
          joined.reused(),
          joined.facts());
    }

    @Override
    public StageResult<SumFacts> sumLayers(SumRequest request) {
      if (otherDimensions) {
        throw refusal("a weighted sum needs layers of one dimension");
      }
      return new StageResult<>(
          artifact("sum-" + request.dataset().sha256()),
          false,
          new SumFacts(6, 4, List.of(0.25, 0.75, 0.0).subList(0, request.layers().size())));
    }

    @Override
    public List<VariantOutcome> trainVariants(VariantGroup group) {
      groups.add(group);
      trains.countDown();
      ActivityExecutionContext context = Activity.getExecutionContext();
      while (untilCancelled) {
        context.heartbeat("alive");
        Thread.onSpinWait();
      }
      return group.members().stream()
          .map(
              member ->
                  member.embeddings().orElseThrow().uri().endsWith("diverging")
                      ? VariantOutcome.failed(member.variant(), "the losses are not finite")
                      : new VariantOutcome(
                          member.variant(),
                          false,
                          true,
                          9,
                          8,
                          member.variant(),
                          Optional.of(artifact("training/" + member.variant())),
                          Optional.empty()))
          .toList();
    }

    @Override
    public StageResult<LayerScores> probeLayer(LayerRequest request) {
      probed.add(request);
      if (request.name().equals("unscored")) {
        throw refusal("cannot be scored");
      }
      Score score =
          new Score(Optional.of(0.5), Optional.of(new Interval(0.25, 0.625)), Optional.empty());
      ProbeScore probe = new ProbeScore(Optional.of(0.5), score, score, score);
      return new StageResult<>(
          artifact("evaluation/" + request.name()),
          false,
          new LayerScores(
              4,
              2,
              Optional.of(2L),
              probe,
              probe,
              DescriptionLength.absent("too few speakers"),
              score));
    }

    @Override
    public StageResult<ProbeFacts> summarizeProbe(SummaryRequest request) {
      summaries.add(request);
      return new StageResult<>(
          artifact("evaluation/summary"),
          false,
          new ProbeFacts(request.rows().size(), "Read from layer_2"));
    }
  }

  ProbeWorkflowTest() {
    super(new FakeProbe());
  }

  private RunHandle probe(String more) throws Exception {
    return client.probe(
        JSON.readTree(
            "{\"labels\": {\"directory\": \"l\"}, \"probe\": {\"layers\": \"layers\", \"seeds\": 2"
                + more
                + "}}"),
        "test");
  }

  @Test
  void layersSeedsAndControlTasksTrainAsOneSweep() throws Exception {
    RunHandle run = probe("");
    ProbeResult result = run.result(ProbeResult.class);

    assertThat(stages.datasets)
        .extracting(DatasetRequest::shuffled)
        .containsExactly(Optional.empty(), Optional.of(0L), Optional.of(1L));
    assertThat(stages.groups).hasSize(1);
    List<VariantGroup.Member> members = stages.groups.get(0).members();
    // Two layers and their sum, each with two seeds on the labels and two control tasks.
    assertThat(members).hasSize(12);
    assertThat(members.subList(0, 4))
        .extracting(member -> member.training().seed())
        .containsExactly(0L, 1L, 0L, 1L);
    assertThat(members.subList(0, 4))
        .extracting(member -> member.dataset().orElseThrow().uri())
        .containsExactly(
            "data/stages/dataset-as-it-is",
            "data/stages/dataset-as-it-is",
            "data/stages/dataset-0",
            "data/stages/dataset-1");
    assertThat(members.subList(8, 12))
        .extracting(member -> member.embeddings().orElseThrow().uri())
        .containsExactly(
            "data/stages/sum-sha256 of dataset-as-it-is",
            "data/stages/sum-sha256 of dataset-as-it-is",
            "data/stages/sum-sha256 of dataset-0",
            "data/stages/sum-sha256 of dataset-1");

    assertThat(stages.probed).hasSize(3);
    LayerRequest second =
        stages.probed.stream().filter(each -> each.name().equals("layer_2")).findFirst().get();
    assertThat(second.task().models())
        .extracting(Artifact::uri)
        .containsExactly("data/stages/training/5", "data/stages/training/6");
    assertThat(second.controls())
        .extracting(task -> task.models().get(0).uri())
        .containsExactly("data/stages/training/7", "data/stages/training/8");

    assertThat(result.verdict()).isEqualTo("Read from layer_2");
    assertThat(result.layers())
        .extracting(LayerRow::name)
        .containsExactly("layer_1", "layer_2", LayerRow.SUM);
    assertThat(result.layers())
        .extracting(LayerRow::weight)
        .containsExactly(Optional.of(0.25), Optional.of(0.75), Optional.empty());
    assertThat(result.layers().get(1).devMse()).contains(5.5);
    assertThat(result.report().uri()).isEqualTo("data/stages/evaluation/summary");
    assertThat(stages.summaries.get(0).rows()).isEqualTo(result.layers());
    assertThat(stages.records.get(0).probe()).contains(result);
    assertThat(run.isProbe()).isTrue();
    assertThat(run.progress().stages().get(6).text()).isEqualTo("a probe publishes nothing");
  }

  @Test
  void oneLayerHasNoSumAndMayHaveNoControl() throws Exception {
    stages.names = List.of("only");
    ProbeResult result = probe(", \"control\": false").result(ProbeResult.class);

    assertThat(result.layers()).extracting(LayerRow::name).containsExactly("only");
    assertThat(stages.groups.get(0).members()).hasSize(2);
    assertThat(stages.probed.get(0).controls()).isEmpty();
  }

  @Test
  void layersThatFailAreNamedAndTheOthersGoOn() throws Exception {
    stages.names = List.of("broken", "diverging", "good", "unscored");
    ProbeResult result = probe("").result(ProbeResult.class);

    assertThat(result.layers())
        .extracting(LayerRow::name)
        .containsExactly("broken", "diverging", "good", "unscored", LayerRow.SUM);
    assertThat(result.layers().get(0).failure()).contains("row 3 holds NaN");
    assertThat(result.layers().get(1).scores()).as("ridge needs no network").isPresent();
    assertThat(result.layers().get(2).scores()).isPresent();
    assertThat(result.layers().get(3).failure()).contains("cannot be scored");
    LayerRequest diverging =
        stages.probed.stream().filter(each -> each.name().equals("diverging")).findFirst().get();
    assertThat(diverging.task().models()).isEmpty();
    assertThat(diverging.task().failure()).contains("the losses are not finite");
  }

  @Test
  void withoutASumTheLayersAreProbedAllTheSame() throws Exception {
    stages.otherDimensions = true;
    ProbeResult result = probe("").result(ProbeResult.class);

    assertThat(result.layers().get(2).failure())
        .contains("a weighted sum needs layers of one dimension");
    assertThat(stages.probed).extracting(LayerRequest::name).doesNotContain(LayerRow.SUM);
  }

  @Test
  void otherRowsEndTheProbeBeforeAnythingTrains() throws Exception {
    stages.otherRows = true;
    RunHandle run = probe("");

    assertThatThrownBy(() -> run.result(ProbeResult.class))
        .isInstanceOf(RunFailure.class)
        .hasMessage("layer_2 has other sample_ids");
    assertThat(stages.groups).isEmpty();
    assertThat(stages.records.get(0).outcome()).isEqualTo("failed");
    assertThat(stages.records.get(0).stages().get(2).state()).isEqualTo(StageState.State.FAILED);
  }

  @Test
  void whereAllLayersFailTheProbeDoesSo() throws Exception {
    stages.names = List.of("a-broken", "b-broken");
    RunHandle run = probe("");

    assertThatThrownBy(() -> run.result(ProbeResult.class))
        .hasMessage("all 2 layers failed; the first: row 3 holds NaN");
  }

  @Test
  void cancelEndsTheTrainings() throws Exception {
    stages.untilCancelled = true;
    RunHandle run = probe("");
    stages.trains.await();
    run.cancel();

    assertThatThrownBy(() -> run.result(ProbeResult.class))
        .isInstanceOfSatisfying(
            RunFailure.class, failure -> assertThat(failure.kind()).isEqualTo("CANCELLED"));
    assertThat(stages.records.get(0).outcome()).isEqualTo("cancelled");
    assertThat(stages.records.get(0).stages().get(4).state()).isEqualTo(StageState.State.CANCELLED);
  }

  @Test
  void badInputIsOneLine() throws Exception {
    RunHandle run = client.probe(JSON.readTree("{\"probe\": {}}"), "test");

    assertThatThrownBy(() -> run.result(ProbeResult.class))
        .hasMessageStartingWith("probe.layers is needed");
  }
}
