package org.speechrate.pipeline;

import io.temporal.common.converter.RawValue;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.speechrate.pipeline.StageState.State;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.pipeline.probe.Layer;
import org.speechrate.pipeline.probe.LayerRequest;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.LayerSource;
import org.speechrate.pipeline.probe.LayersRequest;
import org.speechrate.pipeline.probe.ProbeActivities;
import org.speechrate.pipeline.probe.ProbeFacts;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.probe.ProbeSpec;
import org.speechrate.pipeline.probe.RowsRequest;
import org.speechrate.pipeline.probe.SumFacts;
import org.speechrate.pipeline.probe.SumRequest;
import org.speechrate.pipeline.probe.SummaryRequest;
import org.speechrate.pipeline.sweep.VariantGroup;
import org.speechrate.pipeline.sweep.VariantOutcome;

/**
 * The recipe of a probe: labels once, each layer's embeddings, one sweep over layers, seeds and
 * control tasks, and one look at the test split for each layer.
 */
public final class ProbeWorkflowImpl implements ProbeWorkflow {
  private final RunView view = new RunView();
  private final RunRecorder recorder = new RunRecorder(view);

  /** By name, in the order of the layers. */
  private final Map<String, LayerRow> rows = new LinkedHashMap<>();

  private List<Training> trainings = List.of();
  private final Map<Integer, VariantOutcome> outcomes = new TreeMap<>();

  /** Numbers of the trainings that a worker has; late reports of others are of no use any more. */
  private Set<Integer> running = Set.of();

  /**
   * A layer, or the weighted sum.
   *
   * @param embeddings of each task: the sum's differ, as its weights do
   */
  private record Probed(String name, List<Artifact> embeddings) {}

  /**
   * One network; its number is its place, from 1.
   *
   * @param task 0 has the labels as they are, the others are control tasks
   */
  private record Training(Probed probed, int task, int seed) {}

  @Override
  public ProbeResult probe(RawValue input) {
    return recorder.run(
        workspace -> {
          ProbeSpec spec = ProbeSpecReader.read(TrainWorkflowImpl.text(input));
          ProbeResult result = stages(workspace, spec);
          recorder.completed(result.verdict(), result);
          return result;
        });
  }

  private ProbeResult stages(String workspace, ProbeSpec spec) {
    view.headline("probing " + spec.layers());
    Artifact labels = labels(workspace, spec.run());
    List<Layer> layers = within(Stage.EMBEDDINGS, () -> load(workspace, spec));
    List<StageResult<DatasetFacts>> tasks =
        within(Stage.DATASET, () -> join(workspace, spec, labels, layers.get(0)));
    List<Probed> probed =
        within(
            Stage.TRAINING,
            () -> {
              List<Probed> all = new ArrayList<>();
              for (Layer layer : layers) {
                all.add(
                    new Probed(
                        layer.name(), Collections.nCopies(tasks.size(), layer.embeddings())));
              }
              if (layers.size() > 1) {
                sum(workspace, spec, layers, tasks).ifPresent(all::add);
              }
              train(workspace, spec, tasks, all);
              return all;
            });
    StageResult<ProbeFacts> summary =
        within(Stage.EVALUATION, () -> score(workspace, spec, tasks, probed));
    view.skip(Stage.PUBLISHING, "a probe publishes nothing");
    return new ProbeResult(
        Workflow.getInfo().getWorkflowId(),
        Workflow.getInfo().getRunId(),
        summary.facts().verdict(),
        rows(),
        summary.artifact(),
        view.states());
  }

  private Artifact labels(String workspace, RunSpec spec) {
    Optional<Artifact> corpus = Optional.empty();
    if (spec.labels().directory().isPresent()) {
      view.skip(Stage.CORPUS, "labels are given, so no audio is read");
    } else {
      corpus =
          Optional.of(view.run(Stage.CORPUS, () -> StageCalls.corpus(workspace, spec)).artifact());
    }
    Optional<Artifact> scanned = corpus;
    StageResult<LabelFacts> labels =
        view.run(Stage.LABELS, () -> StageCalls.labels(workspace, spec, scanned));
    return labels.artifact();
  }

  /** Those that can be loaded; the others are named with what is wrong. */
  private List<Layer> load(String workspace, ProbeSpec spec) {
    List<LayerSource> sources =
        probing(Stage.EMBEDDINGS, "find layers in " + spec.layers())
            .findLayers(new LayersRequest(workspace, spec.layers()));
    sources.forEach(source -> rows.put(source.name(), row(source.name(), Optional.empty())));
    List<Layer> layers = new ArrayList<>();
    boolean reused = true;
    for (LayerSource source : sources) {
      report(Stage.EMBEDDINGS, source.name(), layers.size(), sources.size());
      try {
        StageResult<EmbeddingFacts> loaded =
            StageCalls.embeddings(workspace, spec.run().reuse(), source.embeddings());
        layers.add(new Layer(source.name(), loaded.artifact()));
        reused &= loaded.reused();
      } catch (ActivityFailure failure) {
        failed(source.name(), failure);
      }
    }
    requireAny(!layers.isEmpty());
    probing(Stage.EMBEDDINGS, "compare the rows of " + Counts.of(layers.size(), "layer"))
        .requireSameRows(new RowsRequest(workspace, layers));
    end(
        Stage.EMBEDDINGS,
        reused,
        Counts.of(layers.size(), "layer")
            + (layers.size() < sources.size()
                ? ", " + (sources.size() - layers.size()) + " failed"
                : ""),
        Optional.empty());
    return layers;
  }

  /** The labels as they are, and then each control task. */
  private List<StageResult<DatasetFacts>> join(
      String workspace, ProbeSpec spec, Artifact labels, Layer layer) {
    List<StageResult<DatasetFacts>> tasks = new ArrayList<>();
    tasks.add(StageCalls.dataset(workspace, spec.run(), labels, layer.embeddings()));
    for (int i = 0; spec.control() && i < spec.seeds(); i++) {
      tasks.add(
          StageCalls.dataset(
              workspace, spec.run(), labels, layer.embeddings(), Optional.of(spec.seed(i))));
    }
    StageResult<DatasetFacts> joined = tasks.get(0);
    end(
        Stage.DATASET,
        tasks.stream().allMatch(StageResult::reused),
        joined.facts().summary()
            + (spec.control() ? "; " + Counts.of(tasks.size() - 1, "control task") : ""),
        Optional.of(joined.artifact()));
    return tasks;
  }

  /** Absent where it failed, which is then told in its row. */
  private Optional<Probed> sum(
      String workspace, ProbeSpec spec, List<Layer> layers, List<StageResult<DatasetFacts>> tasks) {
    rows.put(LayerRow.SUM, row(LayerRow.SUM, Optional.empty()));
    List<Artifact> sums = new ArrayList<>();
    try {
      for (StageResult<DatasetFacts> task : tasks) {
        report(Stage.TRAINING, "weights of the layers", 0, 0);
        StageResult<SumFacts> sum =
            probing(Stage.EVALUATION, "weights of the layers")
                .sumLayers(new SumRequest(workspace, spec.run().reuse(), task.artifact(), layers));
        if (sums.isEmpty()) {
          for (int i = 0; i < layers.size(); i++) {
            double weight = sum.facts().weights().get(i);
            rows.computeIfPresent(
                layers.get(i).name(), (name, row) -> row(name, Optional.of(weight)));
          }
          show();
        }
        sums.add(sum.artifact());
      }
      return Optional.of(new Probed(LayerRow.SUM, sums));
    } catch (ActivityFailure failure) {
      failed(LayerRow.SUM, failure);
      return Optional.empty();
    }
  }

  /** Each layer with each seed on the labels, and with one seed on each control task. */
  private void train(
      String workspace,
      ProbeSpec spec,
      List<StageResult<DatasetFacts>> tasks,
      List<Probed> probed) {
    List<Training> all = new ArrayList<>();
    for (Probed each : probed) {
      IntStream.range(0, spec.seeds()).forEach(seed -> all.add(new Training(each, 0, seed)));
      IntStream.range(1, tasks.size()).forEach(task -> all.add(new Training(each, task, task - 1)));
    }
    trainings = all;
    List<VariantGroup.Member> members = new ArrayList<>();
    for (Training training : all) {
      members.add(
          new VariantGroup.Member(
              members.size() + 1,
              spec.training(training.seed()),
              Optional.empty(),
              Optional.of(tasks.get(training.task()).artifact()),
              Optional.of(training.probed().embeddings().get(training.task()))));
    }
    for (int from = 0; from < members.size(); from += SweepWorkflowImpl.GROUP) {
      VariantGroup group =
          new VariantGroup(
              workspace,
              spec.run().reuse(),
              tasks.get(0).artifact(),
              probed.get(0).embeddings().get(0),
              Optional.empty(),
              from,
              members.size(),
              members.subList(from, Math.min(from + SweepWorkflowImpl.GROUP, members.size())));
      running =
          group.members().stream()
              .map(VariantGroup.Member::variant)
              .collect(Collectors.toUnmodifiableSet());
      List<VariantOutcome> ended = SweepWorkflowImpl.train(group);
      running = Set.of();
      trained(ended);
    }
    long failed = outcomes.values().stream().filter(each -> each.failure().isPresent()).count();
    end(
        Stage.TRAINING,
        outcomes.values().stream().allMatch(VariantOutcome::reused),
        Counts.of(members.size(), "network") + (failed > 0 ? ", " + failed + " failed" : ""),
        Optional.empty());
  }

  private void trained(List<VariantOutcome> ended) {
    ended.forEach(outcome -> outcomes.put(outcome.variant(), outcome));
    rows.replaceAll(
        (name, row) -> {
          OptionalDouble mean =
              of(name, 0).stream()
                  .filter(outcome -> outcome.failure().isEmpty())
                  .mapToDouble(VariantOutcome::devMse)
                  .average();
          return new LayerRow(
              name,
              row.weight(),
              mean.isPresent() ? Optional.of(mean.getAsDouble()) : Optional.empty(),
              row.scores(),
              row.failure());
        });
    show();
  }

  /** What became of the networks of a layer, on one task, as far as they have ended. */
  private List<VariantOutcome> of(String name, int task) {
    return IntStream.range(0, trainings.size())
        .filter(
            i ->
                trainings.get(i).task() == task
                    && trainings.get(i).probed().name().equals(name)
                    && outcomes.containsKey(i + 1))
        .mapToObj(i -> outcomes.get(i + 1))
        .toList();
  }

  /** As many layers at once as workers take. */
  private StageResult<ProbeFacts> score(
      String workspace,
      ProbeSpec spec,
      List<StageResult<DatasetFacts>> tasks,
      List<Probed> probed) {
    Map<String, Promise<StageResult<LayerScores>>> promises = new LinkedHashMap<>();
    for (Probed each : probed) {
      List<LayerRequest.Task> asked = new ArrayList<>();
      for (int task = 0; task < tasks.size(); task++) {
        asked.add(task(each, task, tasks.get(task).artifact()));
      }
      ProbeActivities activities = probing(Stage.EVALUATION, each.name());
      Promise<StageResult<LayerScores>> promise =
          Async.function(
              activities::probeLayer,
              new LayerRequest(
                  workspace,
                  spec.run().reuse(),
                  each.name(),
                  asked.get(0),
                  asked.subList(1, asked.size()),
                  spec.seed(0),
                  spec.rounds()));
      promise.handle(
          (result, failure) -> {
            if (result != null) {
              scored(each.name(), result.facts());
            }
            return null;
          });
      promises.put(each.name(), promise);
    }
    promises.forEach(
        (name, promise) -> {
          try {
            promise.get();
          } catch (ActivityFailure failure) {
            failed(name, failure);
          }
        });
    requireAny(rows.values().stream().anyMatch(row -> row.scores().isPresent()));
    StageResult<ProbeFacts> summary =
        probing(Stage.EVALUATION, "table, plot and verdict")
            .summarizeProbe(
                new SummaryRequest(
                    workspace,
                    spec.run().reuse(),
                    spec,
                    tasks.get(0).artifact(),
                    tasks.get(0).facts(),
                    rows()));
    end(
        Stage.EVALUATION,
        summary.reused(),
        Counts.of(promises.size(), "layer") + " scored on test, once",
        Optional.of(summary.artifact()));
    return summary;
  }

  private LayerRequest.Task task(Probed probed, int task, Artifact dataset) {
    List<VariantOutcome> networks = of(probed.name(), task);
    return new LayerRequest.Task(
        dataset,
        probed.embeddings().get(task),
        networks.stream().flatMap(outcome -> outcome.artifact().stream()).toList(),
        networks.stream().flatMap(outcome -> outcome.failure().stream()).findFirst());
  }

  private void scored(String name, LayerScores scores) {
    rows.computeIfPresent(
        name,
        (same, row) ->
            new LayerRow(name, row.weight(), row.devMse(), Optional.of(scores), Optional.empty()));
    show();
  }

  /**
   * What is wrong with one layer is not wrong with the others.
   *
   * @throws ActivityFailure the same, where the run was cancelled
   */
  private void failed(String name, ActivityFailure failure) {
    if (TrainWorkflowImpl.isCancelled(failure)) {
      throw failure;
    }
    String line = FailureLine.of(failure);
    rows.computeIfPresent(
        name,
        (same, row) ->
            new LayerRow(name, row.weight(), row.devMse(), Optional.empty(), Optional.of(line)));
    show();
  }

  private void requireAny(boolean any) {
    if (!any) {
      String first =
          rows.values().stream().flatMap(row -> row.failure().stream()).findFirst().orElseThrow();
      throw new Refusal(
          Refusal.Kind.NOTHING_TRAINED,
          rows.size() == 1
              ? first
              : "all " + Counts.of(rows.size(), "layer") + " failed; the first: " + first);
    }
  }

  private static LayerRow row(String name, Optional<Double> weight) {
    return new LayerRow(name, weight, Optional.empty(), Optional.empty(), Optional.empty());
  }

  private List<LayerRow> rows() {
    return List.copyOf(rows.values());
  }

  private void show() {
    view.below(ProbePage.render(rows()));
  }

  private void report(Stage stage, String text, long done, long total) {
    view.report(new StageProgress(stage, text, done, total, List.of()));
  }

  /** Work that is more than one activity, and tells its own end. */
  private <T> T within(Stage stage, Supplier<T> work) {
    view.begin(stage);
    try {
      return work.get();
    } catch (ActivityFailure failure) {
      throw view.failed(stage, failure);
    } catch (Refusal refusal) {
      view.end(stage, State.FAILED, refusal.getMessage(), Optional.empty());
      throw refusal;
    }
  }

  private void end(Stage stage, boolean reused, String text, Optional<Artifact> artifact) {
    view.end(stage, reused ? State.REUSED : State.DONE, text, artifact);
  }

  private static ProbeActivities probing(Stage stage, String what) {
    return Workflow.newActivityStub(
        ProbeActivities.class, StageOptions.of(stage, "probe: " + what));
  }

  @Override
  public RunProgress progress() {
    return view.progress();
  }

  @Override
  public void reportProgress(StageProgress newest) {
    view.report(newest);
    List<VariantOutcome> ended =
        newest.variants().stream().filter(outcome -> running.contains(outcome.variant())).toList();
    if (!ended.isEmpty()) {
      trained(ended);
    }
  }
}
