package org.speechrate.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.temporal.common.converter.RawValue;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.ChildWorkflowCancellationType;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.speechrate.pipeline.StageState.State;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.sweep.Leaderboard;
import org.speechrate.pipeline.sweep.LeaderboardRow;
import org.speechrate.pipeline.sweep.SweepActivities;
import org.speechrate.pipeline.sweep.SweepResult;
import org.speechrate.pipeline.sweep.SweepSpec;
import org.speechrate.pipeline.sweep.Variant;
import org.speechrate.pipeline.sweep.VariantGroup;
import org.speechrate.pipeline.sweep.VariantOutcome;

/** The recipe of a sweep: one preparation, groups of trainings, one look at the test split. */
public final class SweepWorkflowImpl implements SweepWorkflow {
  /**
   * Variants in one activity: enough to keep the cores of a large machine busy, few enough that
   * other runs get their turn in between, and that 1,000 variants stay far below the 51,200 events
   * at which Temporal ends a run.
   */
  static final int GROUP = 64;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final RunView view = new RunView();
  private final RunRecorder recorder = new RunRecorder(view);

  private Leaderboard leaderboard = new Leaderboard(List.of());
  private int rung;

  /** Those of the group that trains now; late reports of others are of no use any more. */
  private Set<Integer> running = Set.of();

  /** What variants with the same embeddings train on. */
  private record Data(
      Artifact labels, StageResult<EmbeddingFacts> embeddings, StageResult<DatasetFacts> dataset) {}

  @Override
  public SweepResult sweep(RawValue input) {
    return recorder.run(
        workspace -> {
          try {
            SweepSpec spec =
                SweepSpecReader.read(TrainWorkflowImpl.text(input), StageCalls::ofSample);
            SweepResult result = stages(workspace, spec);
            recorder.completed(result.verdict(), result);
            return result;
          } catch (ChildWorkflowFailure failure) {
            if (failure.getCause() instanceof CanceledFailure cancel) {
              throw cancel;
            }
            throw recorder.failed(
                "publishing the winner: "
                    + (failure.getCause() instanceof ApplicationFailure cause
                        ? cause.getOriginalMessage()
                        : String.valueOf(failure.getCause())),
                "FAILED");
          }
        });
  }

  private SweepResult stages(String workspace, SweepSpec spec) {
    List<Variant> variants = spec.variants();
    leaderboard = new Leaderboard(variants);
    view.headline("sweep of " + Counts.of(variants.size(), "variant"));
    if (spec.publish()) {
      StageCalls.checkAlsoWrite(workspace, variants.get(0).spec());
    }
    Map<EmbeddingsSpec, Data> data = prepare(workspace, variants);
    train(workspace, spec, data);

    VariantOutcome best =
        leaderboard.best(rung).stream().findFirst().orElseThrow(() -> allFailed(variants.size()));
    Variant winner = variants.get(best.variant() - 1);
    Data its = data.get(winner.spec().embeddings());
    StageResult<EvaluationFacts> evaluation =
        view.run(
            Stage.EVALUATION,
            () ->
                StageCalls.evaluation(
                    workspace,
                    winner.spec(),
                    its.labels(),
                    its.dataset(),
                    its.embeddings().artifact(),
                    best.artifact().orElseThrow()));
    view.below(
        ProgressPage.render(leaderboard.rows())
            + ProgressPage.report(evaluation.artifact().uri() + "/" + EvaluationFacts.REPORT));
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.TEST_MSE.valueSet(evaluation.facts().splits().get("test").mse()));
    Optional<PublishingResult> published = Optional.empty();
    if (spec.publish()) {
      published = Optional.of(publish(workspace, winner));
    } else {
      view.skip(Stage.PUBLISHING, "the input has no publishing");
    }
    return new SweepResult(
        Workflow.getInfo().getWorkflowId(),
        Workflow.getInfo().getRunId(),
        String.format(
            Locale.ROOT,
            "variant %d of %d is the best on dev (MSE %.3f). %s",
            winner.number(),
            variants.size(),
            best.devMse(),
            evaluation.facts().verdict()),
        leaderboard.rows(),
        json(winner.input()),
        evaluation.facts().splits(),
        published,
        view.states());
  }

  @SuppressWarnings("unchecked") // JSON objects are maps from texts.
  private static Map<String, Object> json(ObjectNode input) {
    return MAPPER.convertValue(input, Map.class);
  }

  private Refusal allFailed(int variants) {
    String first =
        leaderboard.rows().stream()
            .flatMap(row -> row.failure().stream())
            .findFirst()
            .orElse("nothing was trained");
    return new Refusal(
        Refusal.Kind.NOTHING_TRAINED,
        variants == 1
            ? first
            : "all " + Counts.of(variants, "variant") + " failed; the first: " + first);
  }

  /**
   * Corpus and labels once, embeddings and dataset once for each choice of embeddings; where one of
   * these fails, its variants do, and the others go on.
   */
  private Map<EmbeddingsSpec, Data> prepare(String workspace, List<Variant> variants) {
    RunSpec first = variants.get(0).spec();
    Optional<Artifact> corpus = Optional.empty();
    if (variants.stream().anyMatch(variant -> variant.spec().needsCorpus())) {
      corpus =
          Optional.of(view.run(Stage.CORPUS, () -> StageCalls.corpus(workspace, first)).artifact());
    } else {
      view.skip(Stage.CORPUS, "labels are given, so no audio is read");
    }
    Optional<Artifact> scanned = corpus;
    StageResult<LabelFacts> labels =
        view.run(Stage.LABELS, () -> StageCalls.labels(workspace, first, scanned));
    Map<EmbeddingsSpec, Data> data = new LinkedHashMap<>();
    Map<EmbeddingsSpec, String> failures = new LinkedHashMap<>();
    for (Variant variant : variants) {
      RunSpec spec = variant.spec();
      if (!data.containsKey(spec.embeddings()) && !failures.containsKey(spec.embeddings())) {
        try {
          StageResult<EmbeddingFacts> embeddings =
              view.run(Stage.EMBEDDINGS, () -> StageCalls.embeddings(workspace, spec, scanned));
          StageResult<DatasetFacts> dataset =
              view.run(
                  Stage.DATASET,
                  () ->
                      StageCalls.dataset(
                          workspace, spec, labels.artifact(), embeddings.artifact()));
          data.put(spec.embeddings(), new Data(labels.artifact(), embeddings, dataset));
        } catch (ActivityFailure failure) {
          if (TrainWorkflowImpl.isCancelled(failure)) {
            throw failure;
          }
          failures.put(spec.embeddings(), FailureLine.of(failure));
        }
      }
    }
    for (Variant variant : variants) {
      Optional.ofNullable(failures.get(variant.spec().embeddings()))
          .ifPresent(line -> put(VariantOutcome.failed(variant.number(), line)));
    }
    if (data.isEmpty()) {
      throw allFailed(variants.size());
    }
    return data;
  }

  /** All rungs; without halving there is one, in which each variant trains to its end. */
  private void train(String workspace, SweepSpec spec, Map<EmbeddingsSpec, Data> data) {
    view.begin(Stage.TRAINING);
    boolean reused = true;
    try {
      Map<Integer, Optional<Artifact>> standing = new TreeMap<>();
      spec.variants().stream()
          .filter(variant -> data.containsKey(variant.spec().embeddings()))
          .forEach(variant -> standing.put(variant.number(), Optional.empty()));
      int rungs = Math.max(1, spec.rungs().size());
      while (true) {
        boolean last = rung == rungs - 1;
        Optional<Integer> epochs = last ? Optional.empty() : Optional.of(spec.rungs().get(rung));
        for (VariantOutcome outcome : rung(workspace, spec, data, standing, epochs)) {
          reused &= outcome.reused() || outcome.failure().isPresent();
        }
        List<VariantOutcome> best = leaderboard.best(rung);
        if (last || best.isEmpty()) {
          break;
        }
        standing.clear();
        best.subList(0, (best.size() + spec.eta() - 1) / spec.eta())
            .forEach(outcome -> standing.put(outcome.variant(), outcome.artifact()));
        rung++;
      }
    } catch (ActivityFailure failure) {
      view.end(Stage.TRAINING, State.CANCELLED, "the run was cancelled", Optional.empty());
      throw failure;
    }
    List<LeaderboardRow> rows = leaderboard.rows();
    List<VariantOutcome> best = leaderboard.best(rung);
    String text = Counts.of(rows.size(), "variant") + ": " + Leaderboard.counts(rows);
    view.end(
        Stage.TRAINING,
        best.isEmpty() ? State.FAILED : reused ? State.REUSED : State.DONE,
        text,
        best.stream().findFirst().flatMap(VariantOutcome::artifact));
  }

  /**
   * @param standing variants of this rung, and what the last one left of each
   * @param epochs absent in the last rung
   */
  private List<VariantOutcome> rung(
      String workspace,
      SweepSpec spec,
      Map<EmbeddingsSpec, Data> data,
      Map<Integer, Optional<Artifact>> standing,
      Optional<Integer> epochs) {
    List<VariantOutcome> outcomes = new ArrayList<>();
    for (Map.Entry<EmbeddingsSpec, Data> its : data.entrySet()) {
      List<VariantGroup.Member> members =
          standing.entrySet().stream()
              .map(entry -> member(spec, entry.getKey(), entry.getValue()))
              .filter(
                  member ->
                      spec.variants()
                          .get(member.variant() - 1)
                          .spec()
                          .embeddings()
                          .equals(its.getKey()))
              .toList();
      for (int from = 0; from < members.size(); from += GROUP) {
        VariantGroup group =
            new VariantGroup(
                workspace,
                spec.variants().get(0).spec().reuse(),
                its.getValue().dataset().artifact(),
                its.getValue().embeddings().artifact(),
                epochs,
                outcomes.size(),
                standing.size(),
                members.subList(from, Math.min(from + GROUP, members.size())));
        running =
            group.members().stream()
                .map(VariantGroup.Member::variant)
                .collect(Collectors.toUnmodifiableSet());
        List<VariantOutcome> ended = train(group);
        running = Set.of();
        ended.forEach(this::put);
        outcomes.addAll(ended);
        view.below(ProgressPage.render(leaderboard.rows()));
      }
    }
    return outcomes;
  }

  private static VariantGroup.Member member(SweepSpec spec, int variant, Optional<Artifact> from) {
    return new VariantGroup.Member(
        variant, spec.variants().get(variant - 1).spec().training(), from);
  }

  /** What is wrong with a whole group is wrong with its variants, and not with other groups. */
  static List<VariantOutcome> train(VariantGroup group) {
    try {
      return StageCalls.activities(
              SweepActivities.class,
              Stage.TRAINING,
              Counts.of(group.members().size(), "variant")
                  + group.rung().map(epochs -> " to epoch " + epochs).orElse(""))
          .trainVariants(group);
    } catch (ActivityFailure failure) {
      if (TrainWorkflowImpl.isCancelled(failure)) {
        throw failure;
      }
      String line = FailureLine.of(failure);
      return group.members().stream()
          .map(member -> VariantOutcome.failed(member.variant(), line))
          .toList();
    }
  }

  private void put(VariantOutcome outcome) {
    leaderboard.put(rung, outcome);
  }

  /** A run of its own, which finds all but the decision made already. */
  private PublishingResult publish(String workspace, Variant winner) {
    view.begin(Stage.PUBLISHING);
    RunResult result =
        Workflow.newUntypedChildWorkflowStub(
                TrainWorkflow.TYPE,
                ChildWorkflowOptions.newBuilder()
                    .setWorkflowId(Workflow.getInfo().getWorkflowId() + "-winner")
                    .setMemo(Map.of(TrainWorkflow.WORKSPACE_MEMO, workspace))
                    .setCancellationType(ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED)
                    .setStaticSummary("publishing the winner")
                    .build())
            .execute(RunResult.class, winner.input());
    view.end(Stage.PUBLISHING, State.DONE, result.publishing().reason(), Optional.empty());
    return result.publishing();
  }

  @Override
  public RunProgress progress() {
    RunProgress progress = view.progress();
    return new RunProgress(progress.stages(), progress.running(), leaderboard.rows());
  }

  @Override
  public void reportProgress(StageProgress newest) {
    view.report(newest);
    if (!newest.variants().isEmpty() && !running.isEmpty()) {
      newest.variants().stream()
          .filter(outcome -> running.contains(outcome.variant()))
          .forEach(this::put);
      view.below(ProgressPage.render(leaderboard.rows()));
    }
  }
}
