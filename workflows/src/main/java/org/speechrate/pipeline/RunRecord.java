package org.speechrate.pipeline;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.sweep.SweepResult;

/**
 * What {@code data/runs/<workflowId>/<runId>.json} keeps once Temporal has forgotten the run.
 *
 * @param started UTC, ISO 8601
 * @param ended UTC, ISO 8601
 * @param outcome "completed", "failed" or "cancelled"
 * @param message the verdict, or the line that the run failed with
 * @param spec absent where the input was refused
 * @param result absent where the run did not complete, and of a sweep, probe or prediction
 * @param sweep the result of a sweep that completed
 * @param probe the result of a probe that completed
 * @param predict the result of a prediction that completed
 * @param untold why the worker's owner could not be told of the run's end; absent where he was, or
 *     did not want to be
 * @param kind of the failure, a name of {@link Refusal.Kind} or another failure's type; absent
 *     where the run did not fail, and in runs that are older than the field
 */
public record RunRecord(
    String workflowId,
    String runId,
    String started,
    String ended,
    String outcome,
    String message,
    Optional<RunSpec> spec,
    List<StageState> stages,
    Optional<RunResult> result,
    Optional<SweepResult> sweep,
    Optional<ProbeResult> probe,
    Optional<PredictResult> predict,
    Optional<String> untold,
    Optional<String> kind) {

  public RunRecord {
    stages = List.copyOf(stages);
    // A file of before there were sweeps, probes, or predictions.
    sweep = sweep == null ? Optional.empty() : sweep;
    probe = probe == null ? Optional.empty() : probe;
    predict = predict == null ? Optional.empty() : predict;
    untold = untold == null ? Optional.empty() : untold;
    kind = kind == null ? Optional.empty() : kind;
  }

  /** Of a run of {@code Train}. */
  public RunRecord(
      String workflowId,
      String runId,
      String started,
      String ended,
      String outcome,
      String message,
      Optional<RunSpec> spec,
      List<StageState> stages,
      Optional<RunResult> result) {
    this(
        workflowId,
        runId,
        started,
        ended,
        outcome,
        message,
        spec,
        stages,
        result,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** This record, telling why nobody could be told of it. */
  RunRecord untold(String why) {
    return new RunRecord(
        workflowId,
        runId,
        started,
        ended,
        outcome,
        message,
        spec,
        stages,
        result,
        sweep,
        probe,
        predict,
        Optional.of(why),
        kind);
  }

  /** What was decided about publishing. */
  @JsonIgnore
  public Optional<PublishingResult> publishing() {
    return result.map(RunResult::publishing).or(() -> sweep.flatMap(SweepResult::publishing));
  }

  /** What became of the run, in one sentence: for who was asleep. */
  public String sentence() {
    if (!outcome.equals("completed")) {
      return message.isEmpty() ? outcome : outcome + ": " + message;
    }
    String verdict =
        result.map(RunResult::verdict).or(() -> sweep.map(SweepResult::verdict)).orElse(message);
    return publishing()
        .map(
            decided ->
                decided.published()
                    ? "published " + decided.path().orElse(decided.model()) + ": " + verdict
                    : decided.isNothingNew()
                        ? decided.reason()
                        : "not published: " + decided.reason())
        .orElse("completed: " + verdict);
  }

  /** MSE on the test split, in (letters/s)², once there is one. */
  @JsonIgnore
  public Optional<Double> testMse() {
    return result
        .map(RunResult::evaluation)
        .or(() -> sweep.map(SweepResult::evaluation))
        .map(splits -> splits.get("test"))
        .map(SplitMetrics::mse);
  }
}
