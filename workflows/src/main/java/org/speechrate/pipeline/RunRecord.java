package org.speechrate.pipeline;

import java.util.List;
import java.util.Optional;

/**
 * What {@code data/runs/<workflowId>/<runId>.json} keeps once Temporal has forgotten the run.
 *
 * @param started UTC, ISO 8601
 * @param ended UTC, ISO 8601
 * @param outcome "completed", "failed" or "cancelled"
 * @param message the verdict, or the line that the run failed with
 * @param spec absent where the input was refused
 * @param result absent where the run did not complete
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
    Optional<RunResult> result) {

  public RunRecord {
    stages = List.copyOf(stages);
  }
}
