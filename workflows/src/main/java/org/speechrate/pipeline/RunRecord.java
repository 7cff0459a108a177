package org.speechrate.pipeline;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.sweep.SweepResult;

/**
 * What {@code data/runs/<workflowId>/<runId>.json} keeps once Temporal has forgotten the run.
 *
 * @param started UTC, ISO 8601
 * @param ended UTC, ISO 8601
 * @param outcome "completed", "failed" or "cancelled"
 * @param message the verdict, or the line that the run failed with
 * @param spec absent where the input was refused
 * @param result absent where the run did not complete, and of a sweep or probe
 * @param sweep the result of a sweep that completed
 * @param probe the result of a probe that completed
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
    Optional<ProbeResult> probe) {

  public RunRecord {
    stages = List.copyOf(stages);
    // A file of before there were sweeps, or probes.
    sweep = sweep == null ? Optional.empty() : sweep;
    probe = probe == null ? Optional.empty() : probe;
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
        Optional.empty());
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
